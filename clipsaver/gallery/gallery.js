// The document. Strangers' text comes in as text of a node or as a property, never as markup.

const AT_ONCE = 60; // cards that are added when the last ones come near
const AHEAD_PX = 1500;

const byId = (id) => document.getElementById(id);
const blocks = [...document.querySelectorAll("script.block")];
const all = unpacked(blocks.map((block) => JSON.parse(block.textContent)));
for (const block of blocks) block.remove(); // the text is not needed twice
const orders = new Map();
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
let list = [];
let shown = 0;

function inOrder(order) {
  if (!orders.has(order)) orders.set(order, ordered(all.clips, order));
  return orders.get(order);
}

function mark(card, text) {
  const badge = document.createElement("span");
  badge.textContent = text;
  card.querySelector(".marks").append(badge);
}

function fillStill(card, clip) {
  const still = card.querySelector(".still");
  const image = card.querySelector("img");
  const none = card.querySelector(".none");
  if (clip.colour !== null) still.style.backgroundColor = `#${clip.colour}`;
  const withoutPicture = () => {
    image.remove();
    none.hidden = false;
  };
  if (clip.picture === null) return withoutPicture();
  image.addEventListener("error", withoutPicture);
  image.src = `thumbnails/${clip.picture}`;
  if (!clip.isSpoiler) return;
  const reveal = document.createElement("button");
  reveal.type = "button";
  reveal.className = "reveal";
  reveal.textContent = "Spoiler: show";
  still.classList.add("spoiler");
  reveal.addEventListener("click", () => {
    still.classList.remove("spoiler");
    reveal.remove();
    still.closest("li").querySelector("a").focus();
  });
  still.append(reveal);
}

function cardOf(clip) {
  const card = byId("card").content.cloneNode(true);
  fillStill(card, clip);
  if (clip.isDeleted) mark(card, "deleted");
  if (clip.channel.isNsfw) mark(card, "NSFW");
  if (clip.duration !== null) {
    const duration = card.querySelector(".duration");
    duration.textContent = clock(clip.duration);
    duration.hidden = false;
  }
  const link = card.querySelector("a");
  link.textContent = clip.name;
  link.title = clip.content === null ? clip.filename : `${clip.filename}\n${clip.content}`;
  link.href = messageLink(clip);
  card.querySelector(".author").textContent = clip.author.name;
  card.querySelector(".channel").textContent = clip.channel.name;
  const posted = new Date(clip.posted * 1000);
  const time = card.querySelector("time");
  time.textContent = dates.format(posted);
  time.dateTime = posted.toISOString();
  if (clip.size !== null) card.querySelector(".size").textContent = sizeText(clip.size);
  return card;
}

function showMore() {
  const cards = document.createDocumentFragment();
  for (const clip of list.slice(shown, shown + AT_ONCE)) cards.append(cardOf(clip));
  shown = Math.min(list.length, shown + AT_ONCE);
  byId("clips").append(cards);
  byId("more").hidden = shown === list.length;
  nearEnd.unobserve(byId("more")); // observed anew it says so again where it is still near
  nearEnd.observe(byId("more"));
}

const nearEnd = new IntersectionObserver(
  (seen) => {
    if (seen.some((one) => one.isIntersecting)) showMore();
  },
  { rootMargin: `${AHEAD_PX}px` },
);

function chosen(id, from) {
  const { value } = byId(id);
  return value === "" ? null : from[Number(value)];
}

function update() {
  const channel = chosen("channel", all.channels);
  const author = chosen("author", all.authors);
  list = picked(inOrder(byId("sort").value), byId("search").value, channel, author);
  shown = 0;
  byId("clips").replaceChildren();
  const [count, total] = [list.length, all.clips.length].map((n) => n.toLocaleString());
  byId("count").textContent = count === total ? `${total} clips` : `${count} of ${total} clips`;
  byId("nothing").textContent = all.clips.length > 0
    ? "No clip is like that. Search for less, or choose all channels and all authors."
    : "There is no clip here yet.";
  byId("nothing").hidden = list.length > 0;
  showMore();
}

/** A choice among what strangers named; `label` says how one is shown. */
function offer(id, from, label, groupOf) {
  const labels = from.map((one, index) => ({ index, text: label(one), group: groupOf(one) }));
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  labels.sort((a, b) => compare(a.text, b.text));
  const groups = new Map([[null, byId(id)]]);
  for (const { index, text, group } of labels) {
    if (!groups.has(group)) {
      const element = document.createElement("optgroup");
      element.label = group.name;
      byId(id).append(element);
      groups.set(group, element);
    }
    groups.get(group).append(new Option(text, String(index)));
  }
}

function shortcuts(event) {
  const isTyping = event.target instanceof Element && event.target.matches("input, select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    byId("search").focus();
  } else if (event.key === "Escape" && event.target === byId("search")) {
    byId("search").value = "";
    update();
  }
}

const areMany = all.guilds.length > 1;
offer("channel", all.channels, (one) => one.name, (one) => (areMany ? one.guild : null));
offer("author", all.authors, (one) =>
  one.name === one.username ? one.name : `${one.name} (${one.username})`, () => null);
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("search").addEventListener("input", update);
for (const id of ["sort", "channel", "author"]) byId(id).addEventListener("change", update);
byId("more").addEventListener("click", showMore);
document.addEventListener("keydown", shortcuts);
byId("controls").hidden = false;
update();
