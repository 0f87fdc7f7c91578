/** A page that the esbuild plugin `inlinePage` has made one text of; only bundles can load it. */
declare module '*.html' {
  /** The whole page, its style sheet and its script in it. */
  export const html: string;
  /** Of the style sheet and the script: `sha256-…`, as a Content-Security-Policy has them. */
  export const styleHash: string;
  export const scriptHash: string;
}
