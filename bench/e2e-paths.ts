import { join } from 'path';
import { register } from 'tsconfig-paths';

// The end-to-end tests import this package by its name, which ts-node alone does not find. Must be imported before them.
register({ baseUrl: join(__dirname, '..'), paths: { 'cdk8s-redis-constructs': ['src'] } });
