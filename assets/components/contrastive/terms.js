// NT-Xent taken apart, as engine.contrastive.terms does it: rows 0..N-1 are the first views, N..2N-1 the second.

export const positive = (row, rows) => (row + rows / 2) % rows;

// Rows of length 1.
export function unitRows(values, rows, width) {
  const unit = Float64Array.from(values);
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let k = i * width; k < (i + 1) * width; k++) square += unit[k] * unit[k];
    const length = Math.sqrt(square) || 1;
    for (let k = i * width; k < (i + 1) * width; k++) unit[k] /= length;
  }
  return unit;
}

export function similarities(unit, rows, width) {
  const found = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i; j < rows; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += unit[i * width + k] * unit[j * width + k];
      found[i * rows + j] = found[j * rows + i] = sum;
    }
  }
  return found;
}

// {similarity, probability, losses, force, loss}; force is symmetric, negative pulls, positive pushes.
export function terms(similarity, rows, temperature) {
  const probability = new Float64Array(rows * rows);
  const losses = new Float64Array(rows);
  const force = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    let most = -Infinity;
    for (let j = 0; j < rows; j++) if (j !== i) most = Math.max(most, similarity[i * rows + j] / temperature);
    let total = 0;
    for (let j = 0; j < rows; j++) {
      if (j === i) continue;
      probability[i * rows + j] = Math.exp(similarity[i * rows + j] / temperature - most);
      total += probability[i * rows + j];
    }
    const partner = positive(i, rows);
    for (let j = 0; j < rows; j++) {
      probability[i * rows + j] /= total;
      const one = (probability[i * rows + j] - (j === partner ? 1 : 0)) / (rows * temperature);
      force[i * rows + j] += one;
      force[j * rows + i] += one;
    }
    losses[i] = Math.log(total) + most - similarity[i * rows + partner] / temperature;
  }
  const loss = losses.reduce((sum, value) => sum + value, 0) / rows;
  return { similarity, probability, losses, force, loss };
}

// Every row moved down the gradient of the loss, along the sphere: new unit rows.
export function moved(unit, rows, width, force, rate) {
  const next = Float64Array.from(unit);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const by = rate * force[i * rows + j];
      for (let k = 0; k < width; k++) next[i * width + k] -= by * unit[j * width + k];
    }
  }
  return unitRows(next, rows, width);
}

// Mean squared distance of the two views, and the log of the mean of exp(-2 distance^2) over all pairs.
export function spread(similarity, rows) {
  let apart = 0;
  let near = 0;
  for (let i = 0; i < rows; i++) {
    apart += 2 - 2 * similarity[i * rows + positive(i, rows)];
    for (let j = 0; j < rows; j++) if (i !== j) near += Math.exp(-2 * (2 - 2 * similarity[i * rows + j]));
  }
  return { alignment: apart / rows, uniformity: Math.log(near / (rows * (rows - 1))) };
}
