// Points and pictures in WebGL2. Positions, colours, the atlas and the order of drawing are sent when they change; a
// frame of a move, a shift or a zoom sends a camera. Moving from one layout to the next is a mix in the vertex shader.
//
// Nothing is drawn by instances: a browser without a graphics processor (SwiftShader) sets up each instance as a
// drawing of its own, 10,000 of them a frame. Dots are points of WebGL, one corner each and at most 56 pixels, which
// every browser has. Pictures are squares, four corners of one long list: a point vanishes once its middle is outside.

import { element } from "../common/dom.js";

const WIDE = 256; // texels per row of the textures that hold one point per texel
const SQUARE = [0, 1, 2, 2, 1, 3]; // its two triangles, by corners

const VERTEX = `#version 300 es
precision highp float;
in uint point;
uniform highp sampler2D before, after, style;
uniform mat3 rotation;
uniform vec2 middle, half_;
uniform float mixing, scale, depth, size, side, ratio;
uniform highp int columns; // of the atlas; 0: dots
out vec2 corner;
flat out vec4 ink;
flat out int shape;
flat out vec2 origin;
void main() {
  ivec2 at = ivec2(int(point) % ${WIDE}, int(point) / ${WIDE});
  vec3 place = rotation * mix(texelFetch(before, at, 0).xyz, texelFetch(after, at, 0).xyz, mixing);
  float near = 1.0 / (1.0 - depth * place.z);
  corner = columns > 0 ? vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0 : vec2(0);
  vec2 pixels = (place.xy * near - middle) * scale + corner * size * 0.5 * near;
  gl_Position = vec4(pixels / half_, 0.0, 1.0);
  gl_PointSize = size * near * ratio;
  vec4 word = texelFetch(style, at, 0);
  int packed = int(word.a * 255.0 + 0.5);
  shape = packed / 64;
  ink = vec4(word.rgb, float(packed % 64) / 63.0);
  if (columns > 0) origin = vec2(float(int(point) % columns), float(int(point) / columns)) * side;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 corner;
flat in vec4 ink;
flat in int shape;
flat in vec2 origin;
uniform highp sampler2D pictures;
uniform vec2 atlas;
uniform float size, side, border;
uniform highp int columns;
out vec4 colour;
void main() {
  if (columns > 0) {
    float edge = 1.0 - 2.0 * border / size;
    bool frame = max(abs(corner.x), abs(corner.y)) > edge;
    vec2 inner = clamp(corner / edge, -0.999, 0.999) * vec2(0.5, -0.5) + 0.5;
    vec3 picture = texture(pictures, (origin + inner * side) / atlas).rgb;
    colour = vec4(frame ? ink.rgb : picture, 1.0) * ink.a;
    return;
  }
  vec2 from = vec2(2, -2) * gl_PointCoord + vec2(-1, 1);
  float away = length(from);
  if (shape == 1) away = max(abs(from.x), abs(from.y)) * 1.15;
  if (shape == 2) away = abs(from.x) + abs(from.y);
  if (shape == 3) away = max(abs(from.x) * 0.9 + from.y * 0.5 + 0.42, -from.y * 1.1);
  float cover = clamp((1.0 - away) * size * 0.5 + 0.5, 0.0, 1.0);
  colour = vec4(ink.rgb, 1.0) * ink.a * cover;
}`;

export class WebGL {
  // A renderer, or null where the browser has no WebGL2.
  static make(lost) {
    const canvas = element("canvas", { class: "base", "aria-hidden": "true" });
    const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
    if (!gl) return null;
    try {
      return new WebGL(canvas, gl, lost);
    } catch {
      return null; // a driver that promises WebGL2 and cannot compile two shaders
    }
  }

  constructor(canvas, gl, lost) {
    Object.assign(this, { name: "webgl2", canvas, gl, textures: {}, uniforms: {}, orders: {}, squares: 0 });
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      lost();
    });
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "link");
    gl.useProgram(program);
    for (let n = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) - 1; n >= 0; n--) {
      const { name } = gl.getActiveUniform(program, n);
      this.uniforms[name] = gl.getUniformLocation(program, name);
    }
    ["before", "after", "style", "pictures"].forEach((name, unit) => gl.uniform1i(this.uniforms[name], unit));
    this.point = gl.getAttribLocation(program, "point");
    gl.enableVertexAttribArray(this.point);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.enable(gl.SCISSOR_TEST);
    this.#texture("pictures", 3, gl.RGBA8, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  }

  #texture(name, unit, inside, width, height, format, type, data) {
    const { gl } = this;
    this.textures[name] ??= gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[name]);
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, format, type, data);
    for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
    for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
  }

  // Whether the atlas fits this processor; where it does not, points stay dots.
  setAtlas(atlas) {
    const { gl } = this;
    const { bitmap, side } = atlas;
    this.atlas = Math.max(bitmap.width, bitmap.height) <= gl.getParameter(gl.MAX_TEXTURE_SIZE) ? atlas : null;
    if (!this.atlas) return false;
    gl.activeTexture(gl.TEXTURE3);
    gl.bindTexture(gl.TEXTURE_2D, this.textures.pictures);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.generateMipmap(gl.TEXTURE_2D);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAX_LEVEL, Math.max(0, Math.floor(Math.log2(side)) - 2));
    return true;
  }

  // Where the points of a pane are before and after a move; 3 coordinates each.
  setPlaces(pane, before, after) {
    this.#places(`before${pane}`, 0, before);
    this.#places(`after${pane}`, 1, after);
  }

  #places(name, unit, places) {
    const { gl } = this;
    const count = places.length / 3;
    const height = Math.ceil(count / WIDE);
    const texels = new Float32Array(4 * WIDE * height);
    for (let n = 0; n < count; n++) texels.set(places.subarray(3 * n, 3 * n + 3), 4 * n);
    this.#texture(name, unit, gl.RGBA32F, WIDE, height, gl.RGBA, gl.FLOAT, texels);
  }

  // Colours (3 bytes each), shapes (0 to 3), opacity (0 to 1).
  setStyle({ colours, shapes, opacity }) {
    const { gl } = this;
    const height = Math.ceil(shapes.length / WIDE);
    const texels = new Uint8Array(4 * WIDE * height);
    for (let n = 0; n < shapes.length; n++) {
      texels.set(colours.subarray(3 * n, 3 * n + 3), 4 * n);
      texels[4 * n + 3] = 64 * shapes[n] + Math.round(63 * opacity[n]);
    }
    this.#texture("style", 2, gl.RGBA8, WIDE, height, gl.RGBA, gl.UNSIGNED_BYTE, texels);
  }

  // A new frame on a canvas of this size in CSS pixels.
  begin(width, height, ratio) {
    const { gl, canvas } = this;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    this.ratio = ratio;
    gl.scissor(0, 0, w, h);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  draw({ pane, rect, camera, mixing, dots, sprites, dotSize, spriteSize, border }) {
    const { gl, uniforms, ratio, canvas } = this;
    const box = [rect.x, canvas.height / ratio - rect.y - rect.height, rect.width, rect.height].map((v) => Math.round(v * ratio));
    gl.viewport(...box);
    gl.scissor(...box);
    for (const [unit, name] of [`before${pane}`, `after${pane}`, "style", "pictures"].entries()) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this.textures[name]);
    }
    const { rotation, middle, scale, depth } = camera.uniforms;
    gl.uniformMatrix3fv(uniforms.rotation, true, rotation);
    gl.uniform2fv(uniforms.middle, middle);
    gl.uniform2f(uniforms.half_, rect.width / 2, rect.height / 2);
    gl.uniform1f(uniforms.scale, scale);
    gl.uniform1f(uniforms.depth, depth);
    gl.uniform1f(uniforms.mixing, mixing);
    gl.uniform1f(uniforms.ratio, ratio);
    this.#points(`dots${pane}`, dots, dotSize, 0, 0);
    if (this.atlas) this.#points(`sprites${pane}`, sprites, spriteSize, this.atlas.columns, border);
    else this.#points(`sprites${pane}`, sprites, dotSize, 0, 0);
  }

  #points(name, points, size, columns, border) {
    if (!points.length) return;
    const { gl, uniforms, atlas } = this;
    gl.uniform1i(uniforms.columns, columns);
    gl.uniform1f(uniforms.size, size);
    gl.uniform1f(uniforms.border, border);
    if (columns) {
      gl.uniform1f(uniforms.side, atlas.side);
      gl.uniform2f(uniforms.atlas, atlas.bitmap.width, atlas.bitmap.height);
    }
    this.#order(name, points, columns ? 4 : 1);
    if (columns) {
      this.#squares(points.length);
      gl.drawElements(gl.TRIANGLES, 6 * points.length, gl.UNSIGNED_INT, 0);
    } else gl.drawArrays(gl.POINTS, 0, points.length);
  }

  // Bind the buffer that names the point of every corner; sent anew when the points are another array than last time.
  #order(name, points, corners) {
    const { gl } = this;
    const kept = (this.orders[name] ??= { buffer: gl.createBuffer() });
    gl.bindBuffer(gl.ARRAY_BUFFER, kept.buffer);
    gl.vertexAttribIPointer(this.point, 1, gl.UNSIGNED_INT, 0, 0);
    if (kept.points === points && kept.corners === corners) return;
    gl.bufferData(gl.ARRAY_BUFFER, corners === 1 ? points : repeated(points, corners), gl.DYNAMIC_DRAW);
    Object.assign(kept, { points, corners });
  }

  // Triangles for so many squares, the same for every order.
  #squares(count) {
    if (count <= this.squares) return;
    const { gl } = this;
    const indices = new Uint32Array(6 * count);
    for (let n = 0; n < indices.length; n++) indices[n] = 4 * Math.floor(n / 6) + SQUARE[n % 6];
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, indices, gl.STATIC_DRAW);
    this.squares = count;
  }

  dispose() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext(); // browsers allow only a handful of contexts
  }
}

function repeated(points, times) {
  const found = new Uint32Array(times * points.length);
  for (let n = 0; n < points.length; n++) found.fill(points[n], times * n, times * (n + 1));
  return found;
}
