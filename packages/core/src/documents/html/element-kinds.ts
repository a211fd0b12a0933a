/** The attributes of an element, as the parser gives them. */
export type Attributes = Readonly<Record<string, string>>;

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

const BLOCKS = words(
  "html body p div section article main header footer aside nav ul ol li dl dt dd table caption thead tbody " +
    "tfoot tr td th blockquote pre figure figcaption form fieldset address details summary hr " +
    "h1 h2 h3 h4 h5 h6",
);
const UNREADABLE = words(
  "script style noscript template svg iframe object embed canvas audio video select button input textarea dialog",
);
const BOILERPLATE = words("nav footer aside");
const BOILERPLATE_ROLES = words(
  "navigation banner contentinfo search complementary menu menubar toolbar dialog",
);
const BOILERPLATE_CLASSES = words(
  "navbar navheader navfooter docnav breadcrumb breadcrumbs sphinxsidebar sidebar cookie cookies consent " +
    "cookie-banner cookie-consent skip-link skiplink pagination",
);
/** An `<aside>` of these classes or roles belongs to the text beside it. */
const NOTES = words("footnote footnotes note admonition callout warning tip doc-footnote doc-tip doc-notice");
const MAIN = words("main article");
const MAIN_IDS = words("main main-content content");

/** True for an element that stands on lines of its own. */
export function isBlock(name: string): boolean {
  return BLOCKS.has(name);
}

/** 1 to 6 for a heading element, 0 for any other. */
export function headingLevel(name: string): number {
  return /^h[1-6]$/.test(name) ? Number(name.slice(1)) : 0;
}

/** True for an element whose content no reader of the page sees as text. */
export function isUnreadable(name: string, attributes: Attributes): boolean {
  if (UNREADABLE.has(name)) return true;
  // Pages set these on the whole body while a script loads or a dialog is open.
  if (name === "html" || name === "body") return false;
  if (attributes["hidden"] !== undefined && attributes["hidden"] !== "until-found") return true;
  if (attributes["aria-hidden"] === "true") return true;
  if (hasClass(attributes, (token) => token === "headerlink")) return true;
  return /(display\s*:\s*none|visibility\s*:\s*hidden)/i.test(attributes["style"]?.slice(0, 1000) ?? "");
}

/** True for an element that says it holds the page's own content. */
export function isMain(name: string, attributes: Attributes): boolean {
  return MAIN.has(name) || attributes["role"] === "main" || MAIN_IDS.has(attributes["id"] ?? "");
}

/** True for navigation, footers and other parts that repeat on every page of a site. */
export function isBoilerplate(name: string, attributes: Attributes): boolean {
  if (!isBlock(name) || name === "html" || name === "body") return false;
  if (name === "aside" && isNote(attributes)) return false;
  if (BOILERPLATE.has(name) || BOILERPLATE_ROLES.has(attributes["role"] ?? "")) return true;
  return hasClass(attributes, (token) => BOILERPLATE_CLASSES.has(token));
}

function isNote(attributes: Attributes): boolean {
  return NOTES.has(attributes["role"] ?? "") || hasClass(attributes, (token) => NOTES.has(token));
}

function hasClass(attributes: Attributes, matches: (token: string) => boolean): boolean {
  const classes = attributes["class"]?.slice(0, 1000) ?? "";
  return classes.toLowerCase().split(/\s+/).some(matches);
}
