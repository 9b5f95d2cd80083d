/** `Symbol.dispose`, or a stand-in where the runtime lacks it, so that classes can name their method. */
export const disposeSymbol: typeof Symbol.dispose = (Symbol.dispose ??
  Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;
