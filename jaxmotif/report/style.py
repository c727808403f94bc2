"""The page's style sheet. Light, dark and paper differ only in the variables at its top."""

_LIGHT = """
--paper:#f6f7f9;--card:#fff;--line:#e2e6ec;--soft:#eef1f5;--text:#1a2230;--muted:#566173;
--accent:#0b6e8f;
--accent-soft:#d9edf3;--warn:#8a4b00;--warn-soft:#fff4e0;--A:#109648;--C:#255c99;--G:#e09000;
--T:#d62839;
--s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#b3589a;--s4:#8a6d00;--s5:#3f9fd8;--s6:#6f4fb3;
--s7:#6b7280;
--shadow:0 1px 2px rgb(20 30 50/.06),0 4px 16px rgb(20 30 50/.04);color-scheme:light
"""

_DARK = """
--paper:#0e1217;--card:#161b22;--line:#2b333e;--soft:#1f2630;--text:#e6eaf0;--muted:#9ca8b8;
--accent:#5cc0df;
--accent-soft:#17394a;--warn:#ffc46b;--warn-soft:#33260f;--A:#3fc07a;--C:#6fa8ea;--G:#f2b43c;
--T:#ff6f78;
--s0:#58aef0;--s1:#ff8f4d;--s2:#3ccf9e;--s3:#e08cc6;--s4:#d6b53c;--s5:#8fd0ff;--s6:#b295f5;
--s7:#a3adba;
--shadow:none;color-scheme:dark
"""

_BASE = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:1320px;margin:0 auto;padding:0 24px}
header{padding-top:36px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.02em;margin:0;overflow-wrap:anywhere}
h2{font-size:20px;letter-spacing:-.01em;margin:0 0 12px}
h3{font-size:16px;margin:24px 0 8px}h4{font-size:13px;margin:0 0 8px}
h3 small,h4 small{color:var(--muted);font-weight:400;margin-left:6px}
p{margin:0 0 10px;max-width:80ch}
.subtitle{color:var(--muted);font-size:16px;margin:6px 0 0}
.lead{color:var(--muted)}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:4px}
nav{display:flex;flex-wrap:wrap;gap:6px;margin-top:18px}
nav a{padding:4px 12px;border:1px solid var(--line);border-radius:99px;background:var(--card);
font-size:13px;text-decoration:none}
nav a:hover{border-color:var(--accent)}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;
box-shadow:var(--shadow);
padding:22px 24px 24px;margin:20px 0;scroll-margin-top:12px}
footer{color:var(--muted);font-size:12.5px;padding-bottom:36px;overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
small{font-size:12.5px}
.empty{color:var(--muted);font-style:italic}
"""

_SUMMARY = """
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px;
margin:22px 0 0}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:14px;
box-shadow:var(--shadow);
padding:14px 18px}
.tiles dt{color:var(--muted);font-size:13px}
.tiles dd{margin:0;font-size:27px;line-height:1.25;font-weight:650;letter-spacing:-.02em;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tiles small{display:block;font-weight:400;letter-spacing:0;color:var(--muted);line-height:1.4}
.notes{list-style:none;margin:16px 0 0;padding:0;display:grid;gap:8px}
.notes li{border-left:4px solid var(--accent);background:var(--accent-soft);border-radius:8px;
padding:9px 14px}
.notes .warning{border-color:var(--warn);background:var(--warn-soft)}
.notes .warning strong{color:var(--warn)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:2px 28px;
margin:18px 4px 0;
font-size:13.5px}
.facts div{display:flex;justify-content:space-between;gap:12px;border-bottom:1px solid var(--line);
padding:5px 0}
.facts dt{color:var(--muted);flex:none}.facts dd{margin:0;text-align:right;overflow-wrap:anywhere;
min-width:0}
.downloads{list-style:none;margin:0;padding:0;display:grid;
grid-template-columns:repeat(auto-fill,minmax(280px,1fr));gap:10px}
.downloads li{border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.downloads a{font-weight:600}.downloads small,.downloads span{color:var(--muted)}
.downloads span{display:block;font-size:13px}
"""

_CHARTS = """
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(255px,1fr));gap:20px 26px}
.chart{margin:0;max-width:460px}.chart figcaption{font-weight:600;font-size:14px;margin-bottom:4px}
.chart p{font-size:12.5px;color:var(--muted);margin:6px 0 0}
.plot{display:block;width:100%;height:auto}
svg text{fill:var(--muted);font-size:11px;font-variant-numeric:tabular-nums}
.plot .label{font-size:12px;fill:var(--text)}
.grid{stroke:var(--line);fill:none}
.line{fill:none;stroke:currentColor;stroke-width:1.9;stroke-linejoin:round}
.line.dashed{stroke-dasharray:4 3;stroke-width:1.4;opacity:.8}
.chance{stroke:var(--muted);stroke-dasharray:2 4;fill:none}
.plot circle{fill:currentColor;stroke:var(--card);stroke-width:1.5}
.s0{color:var(--s0)}.s1{color:var(--s1)}.s2{color:var(--s2)}.s3{color:var(--s3)}
.s4{color:var(--s4)}.s5{color:var(--s5)}.s6{color:var(--s6)}.s7{color:var(--s7)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin:6px 0 0;padding:0;
font-size:12.5px}
.legend li::before{content:"";display:inline-block;width:18px;border-top:3px solid currentColor;
margin-right:6px;vertical-align:middle}
.legend li.dashed::before{border-top-style:dashed;border-top-width:2px}
.legend span{color:var(--text)}
.histogram{display:block;width:124px;height:48px;overflow:visible}
.bars{fill:var(--accent);opacity:.75}.axis{stroke:var(--muted);fill:none}
.logo{display:block}
path.A{fill:var(--A)}path.C{fill:var(--C)}path.G{fill:var(--G)}path.T{fill:var(--T)}
path.base{stroke:var(--muted);opacity:.5}
"""

_TABLES = """
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:10px 9px;font-weight:400}
thead th{position:sticky;top:0;z-index:1;background:var(--card);color:var(--muted);font-size:13px;
font-weight:600;white-space:nowrap;vertical-align:bottom;padding-bottom:6px;
box-shadow:inset 0 -2px var(--line)}
thead button{all:unset;cursor:pointer;border-radius:4px}
thead button:hover{color:var(--text)}thead button:focus-visible{outline:2px solid var(--accent)}
thead button::after{content:"\\2195";opacity:.35;margin-left:4px}
[aria-sort=ascending] button::after{content:"\\2191";opacity:1;color:var(--accent)}
[aria-sort=descending] button::after{content:"\\2193";opacity:1;color:var(--accent)}
tbody tr:first-child>*{border-top:1px solid var(--line)}
thead+tbody tr:first-child>*{border-top:0}
.sortable tbody:hover>tr:not(.detail)>*{background:color-mix(in srgb,var(--soft) 55%,transparent)}
.number,.ours,.paper,.sites,.seeds{white-space:nowrap}
.results .number{text-align:right}.results .paper{color:var(--muted)}
.results tbody th{font-weight:600;white-space:nowrap}
.scroll:has(.results){overflow-x:auto}.results thead th{position:static}
.meter{display:block;position:relative;height:6px;min-width:90px;border-radius:3px;
background:var(--soft);
margin-top:5px}
.meter b{position:absolute;inset:0 auto 0 0;width:var(--v);background:var(--accent);
border-radius:3px}
.meter i{position:absolute;top:-3px;bottom:-3px;left:var(--v);width:2px;margin-left:-1px;
background:var(--text)}
.help{background:var(--soft);border-radius:10px;padding:9px 14px;margin-bottom:14px}
.help summary{cursor:pointer;font-weight:600}
.help dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 20px;margin:12px 0 4px}
.help dt{font-weight:600}.help dd{margin:0;max-width:85ch}
.tools{display:flex;flex-wrap:wrap;align-items:center;gap:10px 16px;margin-bottom:10px}
.tools[hidden]{display:none}
.tools label{font-size:13px;color:var(--muted)}
.tools input{font:inherit;font-size:14px;color:inherit;background:var(--card);
border:1px solid var(--line);
border-radius:8px;padding:5px 10px;width:250px;max-width:60vw;margin-left:6px}
.tools button,.more{font:inherit;font-size:13px;color:var(--accent);background:none;cursor:pointer;
border:1px solid var(--line);border-radius:8px;padding:5px 12px}
.tools button:hover,.more:hover{border-color:var(--accent)}
.count{color:var(--muted);font-size:13px;margin-left:auto}
"""

_MOTIFS = """
.rank{color:var(--muted);width:1px}
.motifs .name{min-width:120px;max-width:160px;overflow-wrap:anywhere}
.motifs tbody .name>span{font-weight:650;display:block}
.motifs tbody .name>.alt{font-weight:400;color:var(--muted)}
.name code{font-size:12px;color:var(--muted);display:block}
.motifs tbody .name>.note{font-weight:400;font-size:12px;color:var(--warn)}
.more{padding:1px 9px;margin-top:6px;font-size:12.5px}
html:not(.js) .more,html:not(.js) .expand{display:none}
.logos>div{display:flex;gap:6px;align-items:center}.logos>div+div{margin-top:6px}
.logos .logo{max-width:250px}
.logos>div>span{width:1ch;color:var(--muted)}
.dots{display:block;margin-top:3px;line-height:1}
.dots b,.dots i{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:3px;
border:1.5px solid var(--accent)}
.dots b{background:var(--accent)}
.share{display:block;color:var(--muted);font-size:12.5px}
.bar{display:block;height:6px;min-width:80px;border-radius:3px;background:var(--soft);
margin-top:5px;
overflow:hidden}
.bar::before{content:"";display:block;height:100%;width:var(--v);background:var(--accent)}
.hits{min-width:292px}.hits ul{list-style:none;margin:0;padding:0}
.hits li{display:grid;grid-template-columns:1fr 6.8ch 6.8ch;gap:8px;font-size:13.5px;padding:1px 0}
.hits li span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis;min-width:0}
.hits li span+span{text-align:right}
.hits li:first-child span:first-child{font-weight:600}
.hits .faint,.hits .faint:first-child span:first-child{color:var(--muted);font-weight:400}
.hits .faint span:first-child{font-style:italic}
.hits small,.alignment figcaption{color:var(--muted);font-weight:400}
.hits .none{color:var(--muted);font-style:italic}
thead .hits>div{display:grid;grid-template-columns:1fr 6.8ch 6.8ch;gap:8px}
thead .hits i{text-align:right}
.js .detail{display:none}.js .open .detail{display:table-row}
.detail>td{padding:0 10px 16px}
.cards{display:flex;flex-wrap:wrap;gap:14px}
.cards>div{background:var(--soft);border-radius:10px;padding:12px 16px;overflow:auto;max-width:100%}
.cards pre{margin:0;font-size:12px;line-height:1.4;max-height:240px;overflow:auto;
padding-right:12px}
.alignment figure{margin:0 0 8px}.alignment figcaption{font-size:12px}
.panel{list-style:none;margin:0;padding:0;display:grid;gap:8px;
grid-template-columns:repeat(auto-fill,minmax(176px,1fr))}
.panel li{border:1px solid var(--line);border-radius:8px;padding:8px 10px 5px;overflow:hidden}
.panel .logo{max-width:100%}
.panel span{font-size:12.5px;display:block;margin-top:3px;overflow-wrap:anywhere}
.panel .matched{border-left:3px solid var(--A)}
.panel .unmatched,.panel .silent{color:var(--muted)}
.panel .silent{display:grid;place-items:center;background:var(--soft)}
@media (max-width:1080px){.scroll{overflow-x:auto}thead th{position:static}}
@media (max-width:640px){header,main,footer{padding-left:14px;padding-right:14px}
section{padding:16px 14px}
.help dl{grid-template-columns:1fr}}
"""

_PRINT = """
@media print{@page{margin:12mm}
body{font-size:11px;background:none;-webkit-print-color-adjust:exact;print-color-adjust:exact}
header,main,footer{max-width:none;padding:0}header{padding-top:0}
nav,.tools,.more,#downloads{display:none!important}
/* Chromium leaves buttons out of the headers that it repeats on each page; their text it keeps. */
thead button{display:contents!important}thead button::after{content:none!important}
section{border:0;box-shadow:none;padding:0;margin:16px 0}
.tiles{grid-template-columns:repeat(4,1fr)}.tiles dd{font-size:18px}
.charts{grid-template-columns:repeat(3,1fr)}
.chart,.motifs tbody,.panel li,.tiles div{break-inside:avoid}h2,h3{break-after:avoid}
.scroll{overflow:visible}thead th{position:static}th,td{padding:5px}
.motifs{zoom:.78}.panel{grid-template-columns:repeat(4,1fr)}}
"""

STYLE = (
    f":root{{{_LIGHT}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{_DARK}}}}}\n"
    f"{_BASE}{_SUMMARY}{_CHARTS}{_TABLES}{_MOTIFS}{_PRINT}"
).replace("\n", "")
