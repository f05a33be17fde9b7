// Sheets as Limner writes them: TexturePacker's JSON as a hash, an array or Phaser's multi-atlas, and Phaser's animations.

export interface Rectangle {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** One picture of a sheet. */
export interface SheetFrame {
  filename: string;
  frame: Rectangle;
  rotated?: boolean;
  trimmed?: boolean;
  sourceSize?: { w: number; h: number };
  spriteSourceSize?: Rectangle;
  anchor?: { x: number; y: number };
  pivot?: { x: number; y: number };
  scale9Borders?: Rectangle;
  duration?: number;
}

/** One picture file of a sheet with what lies on it. */
export interface SheetPage {
  image: string;
  frames: SheetFrame[];
}

type Loose = Record<string, unknown>;

/** The pages of a sheet's JSON. Throws where it is none. */
export function pagesOf(json: unknown, url: string): SheetPage[] {
  const sheet = json as { textures?: Loose[]; frames?: unknown; meta?: { image?: unknown } } | null;
  const textures = Array.isArray(sheet?.textures) ? sheet.textures : sheet?.frames ? [{ image: sheet.meta?.image, frames: sheet.frames }] : [];
  if (textures.length === 0) throw new Error(`${url}: no sheet; write one with: limner export --format phaser-json`);
  return textures.map(({ image, frames }) => {
    if (typeof image !== 'string') throw new Error(`${url}: names no picture`);
    return { image, frames: listed(frames) };
  });
}

function listed(frames: unknown): SheetFrame[] {
  if (Array.isArray(frames)) return frames as SheetFrame[];
  return Object.entries(frames as Record<string, Omit<SheetFrame, 'filename'>>).map(([filename, frame]) => ({ ...frame, filename }));
}

/** The address of a page's picture: it lies beside the JSON. */
export function beside(url: string, image: string): string {
  return new URL(image, url).href;
}
