// A material under a lamp that is moved about: its maps in WebGL, tiled, as an engine would show them.

import { element } from "./dom.js";

export const LIT_TILES = 3;
const HEIGHT = 0.55; // of the lamp, in tiles
const STEP = 0.15; // tiles that an arrow key moves it
const MAPS = ["albedo", "normal", "roughness", "ao", "metallic"];
const PLAIN = { normal: [128, 128, 255], roughness: [200, 200, 200], ao: [255, 255, 255], metallic: [0, 0, 0] }; // where there is no map
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

const VERTEX = `#version 300 es
out vec2 place; // in tiles, from the lower left corner
uniform float tiles;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  place = corner * tiles;
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

// Blinn's highlights over Lambert's light: base colour, a normal whose green is up, roughness, occlusion of the light all around.
const FRAGMENT = `#version 300 es
precision highp float;
in vec2 place;
out vec4 colour;
uniform sampler2D albedo, normal, roughness, ao, metallic;
uniform vec3 lamp;
void main() {
  vec2 at = vec2(place.x, -place.y); // pictures begin at their upper edge
  vec4 texel = texture(albedo, at);
  vec3 base = pow(texel.rgb, vec3(2.2));
  vec3 n = normalize(texture(normal, at).rgb * 255.0 / 127.5 - 1.0);
  float rough = texture(roughness, at).r, metal = texture(metallic, at).r;
  vec3 way = lamp - vec3(place, 0.0);
  vec3 l = normalize(way);
  float power = 1.9 / (1.0 + 0.9 * dot(way, way));
  float gloss = mix(96.0, 3.0, rough);
  float shine = pow(max(dot(n, normalize(l + vec3(0.0, 0.0, 1.0))), 0.0), gloss) * (gloss + 8.0) / 25.0;
  vec3 light = base * 0.16 * texture(ao, at).r;
  light += power * max(dot(n, l), 0.0) * (base * (1.0 - metal) + mix(vec3(0.04), base, metal) * shine);
  colour = vec4(pow(min(light, vec3(1.0)), vec3(1.0 / 2.2)), texel.a);
}`;

export class Lit {
  constructor() {
    this.canvas = element("canvas", { role: "img", tabIndex: 0, "aria-label": "The material under a lamp; the pointer or the arrow keys move it" });
    this.gl = this.canvas.getContext("webgl2", { preserveDrawingBuffer: true, premultipliedAlpha: false });
    this.lamp = [0.9, 2.2]; // in tiles, from the lower left corner
    if (this.gl) this.#ready();
    this.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => {
      const { clientWidth, clientHeight } = this.canvas;
      this.#move((offsetX / clientWidth) * LIT_TILES, (1 - offsetY / clientHeight) * LIT_TILES);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const way = ARROWS[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#move(this.lamp[0] + way[0] * STEP, this.lamp[1] + way[1] * STEP);
    });
  }

  /** This browser can. */
  get able() {
    return Boolean(this.gl);
  }

  #ready() {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    this.place = (name) => gl.getUniformLocation(program, name);
    gl.uniform1f(this.place("tiles"), LIT_TILES);
    MAPS.forEach((name, unit) => {
      gl.uniform1i(this.place(name), unit);
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
      for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.REPEAT);
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    });
  }

  /** Take the maps of a material: canvases by role. */
  wear(maps) {
    const { gl } = this;
    this.side = maps.get("albedo").width;
    MAPS.forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      const map = maps.get(name);
      if (map) gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, map.getContext("2d").getImageData(0, 0, map.width, map.height));
      else gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 1, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array([...PLAIN[name], 255]));
    });
  }

  #move(x, y) {
    this.lamp = [Math.max(0, Math.min(LIT_TILES, x)), Math.max(0, Math.min(LIT_TILES, y))];
    this.draw(this.factor);
  }

  /** Draw it, each pixel of the maps `factor` times as large. */
  draw(factor) {
    const { gl, canvas } = this;
    this.factor = factor;
    const side = this.side * LIT_TILES * factor;
    if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
    gl.viewport(0, 0, side, side);
    gl.uniform3f(this.place("lamp"), ...this.lamp, HEIGHT);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }
}
