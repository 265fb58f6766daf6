import { invalid } from '../../../errors.ts';
import { checkText, isBlank } from '../../validation.ts';
import { checkValues, type Values } from './values.ts';

const maxTitle = 500;
const maxLabels = 50;
const maxLabel = 100;

// Each returns the value to store, and throws VALIDATION_ERROR for one that cannot be stored.

export function checkedTitle(title: string): string {
  checkText('title', title, { max: maxTitle });
  return title;
}

export function checkedValues(values: Values): Values {
  checkValues(values);
  return values;
}

/** Without outer white space, which nobody sees. */
export function distinctLabels(labels: readonly string[]): string[] {
  if (labels.length > maxLabels) throw invalid('labels', `must not be more than ${maxLabels}`);
  const trimmed = labels.map((label) => label.trim());
  for (const label of trimmed) {
    if (isBlank(label)) throw invalid('labels', 'must not have an empty label');
    if ([...label].length > maxLabel)
      throw invalid('labels', `must not be longer than ${maxLabel} characters each`);
  }
  return [...new Set(trimmed)];
}
