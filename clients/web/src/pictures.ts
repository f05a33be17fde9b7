// Pictures from bytes and addresses.

/** What an address holds now, past every cache. */
export async function fetched(url: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { cache: 'reload', ...(signal === undefined ? {} : { signal }) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response;
}

/** A picture as an image element, decoded. */
export async function decoded(content: Blob): Promise<HTMLImageElement> {
  const image = new Image();
  const url = URL.createObjectURL(content);
  try {
    image.src = url;
    await image.decode();
    return image;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The picture that an address holds now. */
export async function pictureAt(url: string): Promise<HTMLImageElement> {
  return decoded(await (await fetched(url)).blob());
}
