import process from 'node:process';

// The first import of all: libraries that read it when they load check themselves at run time unless it says so.
process.env.NODE_ENV ??= 'production';
