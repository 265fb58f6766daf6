import process from 'node:process';

// Imported first: libraries read NODE_ENV as they load, and run extra checks unless it is `production`.
process.env.NODE_ENV ??= 'production';
