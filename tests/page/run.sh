#!/bin/bash
# The pages of `holode report` in a browser, Chromium without a window: no error in its console, nothing fetched, nothing
# wider than the page at 400 and 1,400 pixels, light and dark, no labels over each other, texts that can be read.
# `make check-page` runs it; PICTURES=DIR keeps a picture of each page.
project=$(cd "$(dirname "$0")/../.." && pwd)
cd "$project" && . tests/shell.sh
closing=page
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
[ -n "$browser" ] || { skip "page: no Chromium (apt-get install chromium)"; exit; }

# browse PAGE WIDTH light|dark OPTION...: with a folder of its own for what the browser keeps
browse() {
    local page=$1 width=$2 scheme=$3; shift 3
    timeout -k 5 120 "$browser" --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$scratch/browser" \
        --blink-settings=preferredColorScheme=$([ $scheme = dark ] && echo 0 || echo 1) --window-size="$width,1200" \
        --enable-logging=stderr --v=0 "$@" "file://$(readlink -f "$page")" 2>console
}

# probe PAGE: a copy with what looks for faults in it, probed.html
probe() { sed '/^<\/body>$/,$d' "$1" >probed.html && { echo '<script>'; cat "$project/tests/page/probe.js"; echo '</script></body></html>'; } >>probed.html; }

# found: what was found wrong, from a browser's page, with the size and colours it was looked at in two lines before it
found() { sed -n '/<pre id="probe">/,/<\/pre>/p' dom.html | sed 's/.*<pre id="probe">//; s/<\/pre>.*//; /^$/d'; }
faults() { { sed 1,2d found.txt; grep ':CONSOLE' console; } | tee out | grep -q . && return 1; return 0; }

# look NAME PAGE WIDTH light|dark
look() {
    local name=$1 page=$2 width=$3 scheme=$4
    probe "$page"
    if [ "$width" -ge 500 ]; then
        browse probed.html "$width" "$scheme" --dump-dom >dom.html
    else   # no window is as narrow: a frame in a page that asks it
        cat >frame.html <<HTML
<iframe src="probed.html" width="$width" height="900" style="border:0"></iframe>
<script>addEventListener("load", () => setTimeout(() => {
    document.body.append(document.querySelector("iframe").contentDocument.getElementById("probe"));
}, 200));</script>
HTML
        browse frame.html 800 "$scheme" --allow-file-access-from-files --virtual-time-budget=5000 --dump-dom >dom.html
    fi
    found >found.txt
    cp found.txt out
    check "$name, $width, $scheme: looked at" grep -qx "dark $([ "$scheme" = dark ] && echo true || echo false)" found.txt
    check "$name, $width, $scheme: as wide as that" grep -qx "width $width" found.txt
    check "$name, $width, $scheme: nothing wrong" faults
    [ -z "${PICTURES:-}" ] || browse "$page" "$width" "$scheme" --screenshot="$PICTURES/$name-$width-$scheme.png" >/dev/null
}

# a page on which all is wrong: what looks for faults finds them
cat >bad.html <<'HTML'
<!DOCTYPE html><html><body><p style="width:3000px;color:#777;background:#666">wide</p><img src="http://127.0.0.1:9/nothing.png">
<svg class="chart" aria-label="bad" width="99" height="99"><text x="9" y="50">one</text><text x="12" y="50">two</text></svg>
<script>console.error("an error")</script>
</body>
</html>
HTML
probe bad.html
browse probed.html 1400 light --dump-dom >dom.html
{ found; cat console; } >out
for fault in 'wider than the page: /html/body/p' 'fetched: .*nothing.png' 'no picture: /html/body/img' 'over each other in "bad": two, one' \
    'hard to read: /html/body/p' 'CONSOLE.*an error'; do
    check "a fault is found: $fault" grep -q "$fault" out
done

"$HOLODE" data generate bars-and-stripes --size 4 -o bars.h5 >/dev/null
printf 'data: {train: bars.h5, valid: "bars.h5:train"}\nmodel: {kind: rbm, hidden: 12}\ntrain: {batch_size: 30, chains: 64, steps: 400, sweeps: 2, learning_rate: 0.05}\n' >bars.yaml
printf 'evaluate: {every: 20}\ncheckpoint: {every: 100, keep: 4}\n' >>bars.yaml
check "a run" run 1 1 train bars.yaml -q
{
    echo stage,candidate,kind,hidden,initial_weights,learning_rate,weight_decay,sweeps,levels,step,low,high,error,verdict,work
    for k in $(seq 9); do echo "first,$k,rbm,$((4 + 4 * (k % 3))),0.01,0.0$k,0,2,1,64,-$((12 - k)).10132412,-8.5,0.0132,agreed,$((k * k))234e7"; done
    echo 'second,5,rbm,12,0.01,0.05,0,2,1,128,-4.5213,-4.5,0.02,do not trust,2e12'
} >bars/search.csv
check "a page" run 1 1 report bars --sweeps 100
for width in 400 1400; do look run bars/report.html $width light; look run bars/report.html $width dark; done
for rate in 0.01 0.05 0.3; do run 1 1 train bars.yaml -q -o "rate-$rate" --set train.learning_rate=$rate; done
check "a page of several" run 1 1 report rate-* -o several.html
look several several.html 400 dark
look several several.html 1400 light
check "another layout" run 2 1 train bars.yaml -q -o two
check "twice the batch" run 2 1 train bars.yaml -q -o twice --set train.batch_size=60 --set train.chains=128
check "a page of how it scales" run 1 1 scaling bars two twice rate-0.3 -o scaling
look scaling scaling.html 400 dark
look scaling scaling.html 1400 light
mv bars.h5 away.h5
check "a page without data" run 1 1 report bars --sweeps 0
look missing bars/report.html 400 light
