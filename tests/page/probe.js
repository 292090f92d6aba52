// What is wrong with a page, once it is laid out, in an element of its own at the end. run.sh puts this into a copy of the page.
addEventListener("load", () => {
    const wrong = [], width = document.documentElement.clientWidth;
    const path = e => e ? path(e.parentElement) + "/" + e.tagName.toLowerCase() : "";
    const scrolls = e => e && (getComputedStyle(e).overflowX === "auto" || scrolls(e.parentElement));
    for (const e of document.body.querySelectorAll("*")) {
        const box = e.getBoundingClientRect(), inner = e.ownerSVGElement && e.closest("svg svg");
        if (box.right > width + 1 && !scrolls(e) && !inner) wrong.push(`wider than the page: ${path(e)} ends at ${box.right}`);
    }
    if (document.documentElement.scrollWidth > width + 1) wrong.push(`the page scrolls: ${document.documentElement.scrollWidth}`);
    for (const e of document.images) if (!e.naturalWidth) wrong.push(`no picture: ${path(e)}`);
    for (const entry of performance.getEntriesByType("resource"))
        if (!entry.name.startsWith("data:")) wrong.push(`fetched: ${entry.name}`);
    for (const svg of document.querySelectorAll("svg.chart")) {   // labels that run over each other, or out of the picture
        const box = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll("text")].map(t => [t, t.getBoundingClientRect()]);
        for (const [t, b] of texts)
            if (b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1)
                wrong.push(`out of the chart "${svg.getAttribute("aria-label")}": ${t.textContent}`);
        for (let i = 0; i < texts.length; i++)
            for (let j = 0; j < i; j++) {
                const a = texts[i][1], b = texts[j][1];
                if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
                    wrong.push(`over each other in "${svg.getAttribute("aria-label")}": ${texts[i][0].textContent}, ${texts[j][0].textContent}`);
            }
    }
    const contrast = (a, b) => {
        const light = c => c.match(/[\d.]+/g).slice(0, 3).map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
            .reduce((s, x, k) => s + x * [0.2126, 0.7152, 0.0722][k], 0);
        const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05);
    };
    const ground = e => !e ? "rgb(255,255,255)" : /, 0\)$/.test(getComputedStyle(e).backgroundColor) ? ground(e.parentElement) : getComputedStyle(e).backgroundColor;
    for (const e of document.querySelectorAll("p, td, th, h1, h2, b, small, span, i, figcaption"))
        if (e.textContent.trim() && contrast(getComputedStyle(e).color, ground(e)) < 4.5)
            wrong.push(`hard to read: ${path(e)} "${e.textContent.slice(0, 30)}"`);
    const out = document.createElement("pre");
    out.id = "probe";
    out.textContent = [`width ${width}`, `dark ${matchMedia("(prefers-color-scheme: dark)").matches}`, ...new Set(wrong)].join("\n");
    document.body.append(out);
});
