/* The pictures that other writers draw: the sequence chart and what lies in shared memory. They are rebuilt from known
   elements and attributes only, so that nothing in them can act. */

const ELEMENTS = new Set(["svg", "g", "rect", "line", "path", "polygon", "polyline", "circle", "ellipse", "text", "tspan",
  "title", "desc", "defs", "marker", "section", "article", "div", "span", "p", "h2", "h3", "h4", "table", "caption",
  "thead", "tbody", "tr", "th", "td", "ul", "ol", "li", "dl", "dt", "dd", "code", "pre", "strong", "em", "b", "i", "small",
  "br", "details", "summary", "figure", "figcaption"]);
const ATTRIBUTES = /^(class|id|role|lang|title|tabindex|open|colspan|rowspan|scope|viewBox|width|height|x|y|dx|dy|x1|x2|y1|y2|cx|cy|r|rx|ry|d|points|transform|fill|stroke|marker-(start|mid|end)|marker(Width|Height|Units)|refX|refY|orient|opacity|preserveAspectRatio|(text|dominant|font|stroke|fill)-[a-z-]+|aria-[a-z]+|data-[a-z-]+)$/;

function fragment(markup, type) {
  const parsed = new DOMParser().parseFromString(markup, type);
  return rebuilt(type === "text/html" ? parsed.body : parsed.documentElement);
}

function rebuilt(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  const known = node.nodeType === Node.ELEMENT_NODE && (ELEMENTS.has(node.localName) || node.localName === "body");
  if (!known) return document.createTextNode("");
  const element = node.localName === "body" ? document.createElement("div") : document.createElementNS(node.namespaceURI, node.localName);
  for (const { name, value } of node.attributes) {
    if (ATTRIBUTES.test(name) && !/url\((?!#)/.test(value)) element.setAttribute(name, value);
  }
  for (const child of node.childNodes) element.append(rebuilt(child));
  return element;
}
