"""Times how long a page of discover with many sites takes to open in headless Chromium.

    tools/bench_page [--sites=200000] [--times=5] [PAGE ...]

Without pages it makes one, of 2,000 made sequences of 200 nt with so many sites, and networks that were never
trained. Seconds are from the start of the navigation to the end of the load event and two frames after it.
Needs Chromium with its driver, and selenium.
"""

import pathlib
import shutil
import statistics
import sys
import tempfile

from absl import flags

from jaxmotif.apps import launch

OPENED = """
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() / 1000)));
"""


def made(sites: int, folder: pathlib.Path) -> pathlib.Path:
    """Writes a page with so many sites, and returns its path."""
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
    from jaxmotif.apps.discover import pairs
    from jaxmotif.apps.discover.page import write_report
    from tests.helpers import small_discovery

    found = small_discovery.found(sites, 2000, True, 200)
    found.motifs.to_sites(folder / "sites.tsv")
    found.motifs.to_bed(folder / "sites.bed")
    pairs.write(folder / "pairs.tsv", found.pairs, found.motifs)
    write_report(folder, found, small_discovery.ENVIRONMENT)
    return folder / "report.html"


def main() -> None:
    """Prints for each page its size, and the median and largest of the times."""
    values = flags.FlagValues()
    flags.DEFINE_integer("sites", 200_000, "Sites of the made page.", lower_bound=1, flag_values=values)
    flags.DEFINE_integer("times", 5, "How often to open each page.", lower_bound=1, flag_values=values)
    pages = [pathlib.Path(name) for name in launch.parse(values, sys.argv, __doc__)]
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1440,1000"):
        options.add_argument(argument)
    with tempfile.TemporaryDirectory() as folder:
        pages = pages or [made(values.sites, pathlib.Path(folder))]
        service = webdriver.ChromeService(shutil.which("chromedriver"))
        browser = webdriver.Chrome(options=options, service=service)
        try:
            for path in pages:
                times = []
                for _ in range(values.times):
                    browser.get("about:blank")
                    browser.get(path.resolve().as_uri())
                    times.append(browser.execute_async_script(OPENED))
                size, middle = path.stat().st_size / 1000, statistics.median(times)
                print(f"{path.name}: {size:,.0f} kB, opened in {middle:.2f} s (at most {max(times):.2f} s)")
        finally:
            browser.quit()


if __name__ == "__main__":
    launch.run(main)
