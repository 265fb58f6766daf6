import { settingNames } from '../config.ts';
import { editDistance } from '../limits/nearest-name.ts';

/** Edits that make a misspelt setting of a name. Short names are near those of other programs by chance. */
const maxEdits = ({ length }: string): number => (length < 7 ? 0 : length < 10 ? 1 : 2);

/** A name with one of each doubled letter: a key that was held too long is noticed in short names too. */
const withoutRepeats = (name: string): string => name.replace(/(.)\1+/g, '$1');

/** The setting that a variable is a near miss of; undefined where that one is set, as others may use the variable. */
function settingFor(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = variable.toUpperCase();
  return settingNames.find(
    (setting) =>
      !env[setting] &&
      setting[0] === name[0] &&
      Math.abs(setting.length - name.length) <= 2 &&
      (editDistance(setting, name) <= maxEdits(setting) ||
        withoutRepeats(setting) === withoutRepeats(name)),
  );
}

/** A line for each variable that seems to be a misspelt setting: it has no effect. */
export function misspeltSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env)
    .filter((name) => env[name] !== '' && !settingNames.includes(name))
    .flatMap((name) => {
      const setting = settingFor(name, env);
      return setting === undefined ? [] : [`${name} is no setting: did you mean ${setting}?`];
    });
}
