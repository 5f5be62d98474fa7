/** What stands on an item's Workshop page; `html` is the page itself. */
export type FakePage =
  | { dependencies?: readonly string[]; screenshots?: readonly string[] }
  | { html: string }
  | "removed"
  | "agecheck"
  | "throttled";

/** A Workshop page as Steam writes it, in the parts that matter and some that must not. */
export function pageHtml(id: string, page: FakePage): string {
  if (page === "removed") return shell("Steam Community :: Error", REMOVED);
  if (page === "agecheck") return shell("Steam Workshop::Example Mod", AGE_CHECK);
  if (page === "throttled") return shell("Steam Community :: Error", THROTTLED);
  return "html" in page ? page.html : shell(`Steam Workshop::Mod ${id}`, item(id, page));
}

/** Text that looks like links in places where there are none. */
const SCRIPT = `<script>
var rgScreenshots = '<div class="screenshot_holder"><a href="javascript:Show(\\'https://images.example/script\\')"></a></div>';
var html = '<div class="requiredItemsContainer" id="RequiredItems"><a href="/filedetails/?id=666">no</a></div>';
</script>
<!-- <div class="requiredItemsContainer" id="RequiredItems"><a href="/filedetails/?id=667">no</a></div> -->`;

const REMOVED = `<div id="message"><h1>Sorry!</h1><p>An error was encountered while processing your request:</p>
<h3>There was a problem accessing the item.  Please try again.</h3></div>`;

const AGE_CHECK = `<div class="adult_content_age_gate"><form id="agecheck_form" action="/agecheck/set/">
<h2>Please enter your birth date</h2></form></div>`;

const THROTTLED = `<div id="message"><h1>Sorry!</h1>
<h3>You've made too many requests recently. Please wait and try your request again later.</h3></div>`;

function shell(title: string, body: string): string {
  return `<!DOCTYPE html>
<html class=" responsive" lang="en"><head><title>${title}</title>${SCRIPT}</head>
<body class="flat_page"><a class="global_action_link" href="https://steamcommunity.com/login/home/">login</a>
${body}
</body></html>`;
}

function item(
  id: string,
  { dependencies = [], screenshots = [] }: Exclude<FakePage, string | { html: string }>,
): string {
  return `<div class="breadcrumbs"><a href="https://steamcommunity.com/workshop/filedetails/?id=668">Workshop</a></div>
<div class="workshopItemPreviewArea"><div id="highlight_player_area">
${screenshots.map(holder).join("\n")}
</div><div id="highlight_strip_scroll">
${screenshots.map(thumbnail).join("\n")}
</div></div>
<div class="workshopItemTitle">Mod ${id}</div>
<div class="workshopItemDescription" id="highlightContent">See <a href="/sharedfiles/filedetails/?id=669">this</a><br>too.</div>
${dependencies.length > 0 ? required(dependencies) : ""}
<div class="commentthread_comments"><a href="https://steamcommunity.com/sharedfiles/filedetails/?id=670">mine</a></div>`;
}

const holder = (url: string): string => `<div class="highlight_player_item highlight_screenshot">
<div class="screenshot_holder"><a class="highlight_screenshot_link" href="javascript:ShowEnlargedImagePreview( '${escaped(url)}' );">
<img src="${escaped(url)}?imw=637&amp;imh=358"></a></div></div>`;

const thumbnail = (url: string): string =>
  `<div class="highlight_strip_item highlight_strip_screenshot"><img src="${escaped(url)}?imw=150&amp;imh=90"></div>`;

function required(ids: readonly string[]): string {
  const links = ids.map(
    (id) => `<a href="https://steamcommunity.com/workshop/filedetails/?id=${id}" target="_blank" data-appid="294100">
<div class="requiredItem">Item ${id}</div></a>`,
  );
  return `<div class="panel"><div class="rightSectionTopTitle">Required items</div>
<div class="requiredItemsContainer" id="RequiredItems">${links.join("\n")}</div></div>`;
}

const escaped = (url: string): string => url.replaceAll("&", "&amp;");
