const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

/** `text` with the part between the markers replaced. @throws Error when a marker is missing */
export function replaceBetweenMarkers(text: string, table: string): string {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin < 0 || end < 0) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${text.slice(end)}`;
}
