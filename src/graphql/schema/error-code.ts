import { type ErrorCode as Code, errorKinds } from '../../errors.ts';
import { builder } from './builder.ts';

const names = Object.keys(errorKinds) as Code[];

export const ErrorCode = builder.enumType('ErrorCode', {
  description:
    'The code of an error, for programs: in `extensions.code` of an error, and in `error.code` of a REST response. More codes may be added.',
  values: Object.fromEntries(
    names.map((name) => {
      const { meaning, remedy } = errorKinds[name];
      return [name, { description: `${meaning} ${remedy}` }];
    }),
  ) as Record<Code, { description: string }>,
});
