// npm run stack < FILE: says where in the sources each place in a bundle is that a stack trace or a log speaks of.
import { text } from 'node:stream/consumers';
import { withSources } from './sources.ts';

process.stdout.write(await withSources(await text(process.stdin)));
