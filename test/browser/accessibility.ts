import type { Page } from 'playwright-core';

/**
 * What is wrong with a page for people who do not see it well, or do not use a mouse, as far as a program can tell
 * (WCAG 2.2, level AA). Empty if nothing is.
 */
export const faultsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const isVisible = (element: Element): boolean =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const all = (selector: string): Element[] => [...document.querySelectorAll(selector)].filter(isVisible);
    const nameOf = (element: Element): string =>
      `${element.localName}#${element.id} “${element.textContent?.trim().slice(0, 30)}”`;

    /** 4.1.2, 1.3.1 */
    const unnamed = all('button, input, select, textarea, a[href], summary, section').filter((element) => {
      const labelledBy = element
        .getAttribute('aria-labelledby')
        ?.split(' ')
        .map((id) => document.getElementById(id)?.textContent)
        .join('');
      const labels =
        'labels' in element
          ? [...((element as HTMLInputElement).labels ?? [])].map(({ textContent }) => textContent).join('')
          : '';
      const own = /^(button|a|summary)$/.test(element.localName) ? element.textContent : '';
      return [labelledBy, element.getAttribute('aria-label'), labels, own].every((name) => !name?.trim());
    });
    /** Of references to other elements. */
    const dangling = ['aria-labelledby', 'aria-describedby', 'for'].flatMap((attribute) =>
      [...document.querySelectorAll(`[${attribute}]`)].filter((element) =>
        element
          .getAttribute(attribute)
          ?.split(' ')
          .some((id) => document.getElementById(id) === null),
      ),
    );
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
    /** 1.3.1: no level is left out. */
    const levels = all('h1, h2, h3, h4').map(({ localName }) => Number(localName.slice(1)));
    const leaps = levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1);
    /** 2.5.8: 24 by 24 CSS pixels; links in a text are exempt. */
    const small = all('button, input, summary').filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width < 24 || height < 24;
    });

    type Colour = readonly [red: number, green: number, blue: number, alpha: number];
    /** Whatever colour space it is written in. */
    const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
    const painter = canvas.getContext('2d', { willReadFrequently: true });
    const colourOf = (text: string): Colour => {
      if (painter === null) throw new Error('no canvas');
      painter.clearRect(0, 0, 1, 1);
      painter.fillStyle = text;
      painter.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = painter.getImageData(0, 0, 1, 1).data;
      return [red, green, blue, alpha / 255];
    };
    const backgroundOf = (element: Element | null): Colour => {
      if (element === null) return colourOf('Canvas');
      const colour = colourOf(getComputedStyle(element).backgroundColor);
      return colour[3] === 1 ? colour : backgroundOf(element.parentElement);
    };
    /** WCAG's relative luminance. */
    const luminance = (colour: Colour): number => {
      const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    /** 1.4.3 */
    const faint = all('body *').flatMap((element) => {
      const hasText = [...element.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
      );
      if (!hasText) return [];
      const style = getComputedStyle(element);
      const tones = [luminance(colourOf(style.color)), luminance(backgroundOf(element))].sort((a, b) => b - a);
      const contrast = ((tones[0] ?? 0) + 0.05) / ((tones[1] ?? 0) + 0.05);
      const size = Number.parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      return contrast < (isLarge ? 3 : 4.5) ? [`${nameOf(element)} ${contrast.toFixed(2)}:1`] : [];
    });
    const { scrollWidth, clientWidth } = document.documentElement;
    const say = (fault: string, elements: Element[]): string[] =>
      elements.map((element) => `${fault}: ${nameOf(element)}`);
    return [
      ...say('has no name', unnamed),
      ...say('refers to nothing', dangling),
      ...say('is a small target', small),
      ...repeated.map((id) => `is there twice: #${id}`),
      ...leaps.map((level) => `leaves a level out: h${level}`),
      ...faint.map((text) => `lacks contrast: ${text}`),
      ...(document.documentElement.lang === '' ? ['has no language'] : []),
      ...(document.title === '' ? ['has no title'] : []),
      // 1.4.10
      ...(scrollWidth > clientWidth ? [`scrolls sideways: ${scrollWidth} px in ${clientWidth}`] : []),
    ];
  });
