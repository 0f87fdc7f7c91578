declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** An embedded DynamoDB; `path` makes it persistent. Times are in ms. */
  export default function dynalite(options: {
    path?: string;
    createTableMs?: number;
    deleteTableMs?: number;
    updateTableMs?: number;
  }): Server;
}
