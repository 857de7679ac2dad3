// Photographs every page of a folder: node photograph.mjs <folder> <path of chromium>
// Pages are served from here by name, so that nothing comes from the network.

import { readdir, readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';

const here = import.meta.dirname;
const [folder, browserPath] = process.argv.slice(2);
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };

const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--force-color-profile=srgb', '--font-render-hinting=none'] });
const context = await browser.newContext({ deviceScaleFactor: 2, locale: 'en-GB', timezoneId: 'UTC', viewport: { width: 800, height: 600 } });
await context.route('**', async (route) => {
	const url = new URL(route.request().url());
	const [, root, ...rest] = url.pathname.split('/');
	const path = root === 'pages' ? join(folder, ...rest) : join(here, normalize(url.pathname));
	if (url.host !== 'shots.invalid') return route.abort();
	try {
		let body = await readFile(path);
		// Fonts for different characters become one family, for elements that name no second one.
		const family = url.searchParams.get('as');
		if (family) body = body.toString().replaceAll(/font-family: '[^']*'/g, `font-family: '${family}'`);
		await route.fulfill({ body, contentType: types[extname(path)] ?? 'application/octet-stream' });
	} catch {
		await route.fulfill({ status: 404, body: '' });
	}
});

const failures = [];
for (const name of (await readdir(folder)).filter((each) => each.endsWith('.html')).sort()) {
	const page = await context.newPage();
	page.on('pageerror', (error) => failures.push(`${name}: ${error.message}`));
	page.on('response', (response) => response.ok() || response.url().endsWith('favicon.ico') || failures.push(`${name}: ${response.url()} is missing`));
	await page.goto(`http://shots.invalid/pages/${name}`, { waitUntil: 'networkidle' });
	// Elements that nobody has defined would be drawn as bare text.
	const undefinedTags = await page.evaluate(() => [...new Set([...document.querySelectorAll(':not(:defined)')].map((each) => each.localName))]);
	failures.push(...undefinedTags.map((tag) => `${name}: <${tag}> is not defined`));
	await page.evaluate(() => document.fonts.ready);
	await page.locator('#shot').screenshot({ path: join(folder, name.replace('.html', '.png')) });
	await page.close();
}
await browser.close();
if (failures.length) {
	console.error(failures.join('\n'));
	process.exit(1);
}
