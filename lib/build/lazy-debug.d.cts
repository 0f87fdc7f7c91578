export interface Debug {
  (namespace: string): (message: string) => void;
  enabled(namespace: string): boolean;
  enable(namespaces: string): void;
}

export function lazyDebug(load: () => Debug): Debug;
