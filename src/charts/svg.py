"""SVG as text: elements, and the look that all pictures share."""

from html import escape

STYLE = """\
:root{color-scheme:light dark;--text:#1b1f24;--quiet:#57606a;--page:#fff;--card:#f6f8fa;--rule:#d5dae1;
--c0:#0969b8;--c1:#b94b08;--c2:#17795a;--c3:#8b3fa8;--c4:#8a6500;--c5:#b3285f;--c6:#3f5bb0;--c7:#5d6b1a;--c8:#656d76}
@media(prefers-color-scheme:dark){:root{--text:#e6e9ed;--quiet:#a3adb8;--page:#14171b;--card:#1c2127;--rule:#363d46;
--c0:#62adf3;--c1:#f09a5b;--c2:#5cc79d;--c3:#cf96e6;--c4:#d9b44a;--c5:#f08bb2;--c6:#9db2f7;--c7:#b5c65a;--c8:#9aa4af}}
svg.chart{display:block;width:100%;height:auto;font:12px system-ui,sans-serif}
.chart text{fill:var(--text)}.chart .quiet{fill:var(--quiet)}
.chart .rule{stroke:var(--rule)}.chart .mark{stroke:var(--quiet);stroke-dasharray:4 3}
.chart .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}.chart .thin{stroke-width:1}
.chart .band{fill:var(--c);fill-opacity:.18}.chart .fill{fill:var(--c)}.chart .dot{fill:var(--c);fill-opacity:.6}
.chart .reach{stroke:var(--c);stroke-width:2}
.chart .strip{stroke:var(--c);stroke-width:5;stroke-opacity:.45}
.chart .hover{fill:var(--c);fill-opacity:0}
.chart .hover:hover{fill-opacity:1}
"""
"""CSS of a page with pictures: colours by name (`--c0` … `--c7` are told apart, `--c8` is for the rest), light and
dark. All of --text, --quiet and the colours have a contrast of 4.5 to 1 on --page and --card, as WCAG 2.2 asks."""

COLOURS = 8


def element(tag: str, content: str = "", **attributes: object) -> str:
    """`content` is SVG already; of the attributes' names a last _ is left out and - stands for _."""
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_text(value)}"' for name, value in attributes.items() if value != ""
    )
    return f"<{tag}{given}>{content}</{tag}>" if content else f"<{tag}{given}/>"


def text(content: str, x: float, y: float, **attributes: object) -> str:
    return element("text", escape(content), x=x, y=y, **attributes)


def title(content: str) -> str:
    """What is shown where the pointer is."""
    return f"<title>{escape(content)}</title>"


def colour(number: int) -> str:
    """The CSS for the mark or group `number`, used as `style`."""
    return f"--c:var(--c{number if number < COLOURS else COLOURS})"


def picture(marks: list[str], width: float, height: float, label: str) -> str:
    """The whole SVG, as wide as the place where it stands; `label` says to those who do not see it what it is."""
    content = "\n".join(marks)
    return element(
        "svg", content, class_="chart", viewBox=f"0 0 {_text(width)} {_text(height)}", role="img", aria_label=label
    )


def short(name: str, longest: int) -> str:
    """So many characters of it at most, from both ends, by which names that are alike differ."""
    if len(name) <= longest:
        return name
    end = (longest - 1) // 2
    return f"{name[: longest - 1 - end]}…{name[-end:]}"


def _text(value: object) -> str:
    """Numbers with one decimal: a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else escape(str(value))
