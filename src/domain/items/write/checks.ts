import { invalid } from '../../../errors.ts';
import { isLonger } from '../../../sql/operand.ts';
import { labelKey } from '../../readings.ts';
import { checkText, isBlank } from '../../validation.ts';
import { checkValues, type Values } from './values.ts';

const maxTitle = 500;
const maxLabels = 50;
const maxLabel = 100;

/** Returns the title as it is. Throws VALIDATION_ERROR for one that cannot be stored. */
export function checkedTitle(title: string): string {
  checkText('title', title, { max: maxTitle });
  return title;
}

/** Returns the values as they are. Throws VALIDATION_ERROR for values that cannot be stored. */
export function checkedValues(values: Values): Values {
  checkValues(values);
  return values;
}

/** Returns the labels as they are stored: trimmed, each once. Throws VALIDATION_ERROR for labels that cannot be stored. */
export function distinctLabels(labels: readonly string[]): string[] {
  if (labels.length > maxLabels) throw invalid('labels', `must not be more than ${maxLabels}`);
  const tooLong = invalid('labels', `must not be longer than ${maxLabel} characters each`);
  // A key can be shorter than its label, and takes long to make of a very long one.
  if (labels.some((label) => isLonger(label, 10 * maxLabel))) throw tooLong;
  const stored = labels.map(labelKey);
  for (const label of stored) {
    if (isBlank(label)) throw invalid('labels', 'must not have an empty label');
    if (isLonger(label, maxLabel)) throw tooLong;
  }
  return [...new Set(stored)];
}
