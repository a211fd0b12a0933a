const WORD = "a Word document";
const EXCEL = "an Excel workbook";
const SLIDES = "a presentation";
const OPEN_DOCUMENT = "an OpenDocument file";
const E_BOOK = "an e-book";
const ARCHIVE = "an archive";
const IMAGE = "an image";
const SOUND = "a sound recording";
const VIDEO = "a video";
const PROGRAM = "a compiled program";
const DATABASE = "a database or column file";

const EXTENSIONS: ReadonlyMap<string, readonly string[]> = new Map([
  [WORD, [".doc", ".docx", ".docm", ".dot", ".dotx", ".rtf", ".pages"]],
  [EXCEL, [".xls", ".xlsx", ".xlsm", ".xlsb", ".numbers"]],
  [SLIDES, [".ppt", ".pptx", ".pptm", ".key"]],
  [OPEN_DOCUMENT, [".odt", ".ods", ".odp"]],
  [E_BOOK, [".epub", ".mobi", ".azw3"]],
  [ARCHIVE, [".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".jar"]],
  [IMAGE, [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".ico", ".avif"]],
  [SOUND, [".mp3", ".wav", ".ogg", ".flac", ".m4a"]],
  [VIDEO, [".mp4", ".mov", ".avi", ".mkv", ".webm"]],
  [PROGRAM, [".exe", ".dll", ".so", ".dylib", ".wasm", ".class", ".pyc", ".o"]],
  [DATABASE, [".sqlite", ".db", ".mdb", ".parquet"]],
]);

/**
 * First bytes, as latin-1 text. Only those that no text begins with: `RIFF` or `ID3` may well be a word, and
 * such files are found to be binary when they do not decode.
 */
const SIGNATURES: readonly (readonly [start: string, kind: string])[] = [
  ["PK\x03\x04", "an Office file, e-book or zip archive"],
  ["PK\x05\x06", ARCHIVE],
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office file in the old format or with a password"],
  ["{\\rtf", "a rich text file"],
  ["\x1f\x8b", ARCHIVE],
  ["\xfd7zXZ\x00", ARCHIVE],
  ["7z\xbc\xaf\x27\x1c", ARCHIVE],
  ["Rar!\x1a\x07", ARCHIVE],
  ["\x89PNG\r\n\x1a\n", IMAGE],
  ["\xff\xd8\xff", IMAGE],
  ["GIF87a", IMAGE],
  ["GIF89a", IMAGE],
  ["II*\x00", IMAGE],
  ["MM\x00*", IMAGE],
  ["\x7fELF", PROGRAM],
  ["\x00asm", PROGRAM],
  ["SQLite format 3\x00", DATABASE],
];

/** What kind of binary file starts with these bytes, as a phrase; undefined for none that is known. */
export function binaryKindByContent(head: Uint8Array): string | undefined {
  const start = Buffer.from(head.subarray(0, 16)).toString("latin1");
  return SIGNATURES.find(([signature]) => start.startsWith(signature))?.[1];
}

/** What kind of binary file has this name ending (lower case, with the dot), as a phrase. */
export function binaryKindByExtension(extension: string): string | undefined {
  for (const [kind, extensions] of EXTENSIONS) {
    if (extensions.includes(extension)) return `${kind} (${extension})`;
  }
  return undefined;
}
