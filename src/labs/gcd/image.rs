//! The seed's practical example: images that are decoded, filtered and turned into features.
//!
//! The images are made when the program runs and encoded as QOI ("The Quite OK Image Format", specification 1.0,
//! <https://qoiformat.org/qoi-specification.pdf>), which is decoded like any image format: byte by byte, each after the other.

use super::random::Random;

/// Width and height of the images that are made, in pixels.
const SIDE: usize = 256;

/// Directions that edges are counted by.
const DIRECTIONS: usize = 8;

/// What is known of an image in the end: its mean brightness, edge pixels in a thousand, and these by direction.
pub type Features = [u32; 2 + DIRECTIONS];

/// Why bytes are no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnImage {
    /// They do not begin as QOI does.
    #[error("no QOI image: it begins otherwise")]
    Header,
    /// They end before the last pixel.
    #[error("a QOI image that ends before its last pixel")]
    Short,
}

type Rgb = [u8; 3];

/// Pixels, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Image<P> {
    width: usize,
    height: usize,
    pixels: Vec<P>,
}

/// Makes an image (a sky that brightens downwards, discs, grain) and encodes it.
pub fn make(random: &mut Random) -> Vec<u8> {
    let disc = |random: &mut Random| {
        let side = SIDE as u64;
        let [x, y, radius] = [side, side, side / 4].map(|most| random.up_to(most) as i64);
        (x, y, radius * radius, [random.up_to(255) as u8, random.up_to(255) as u8, random.up_to(255) as u8])
    };
    let discs: Vec<_> = (0..12).map(|_| disc(random)).collect();
    let mut pixels = Vec::with_capacity(SIDE * SIDE);
    for y in 0..SIDE as i64 {
        for x in 0..SIDE as i64 {
            let inside = discs.iter().rev().find(|(cx, cy, square, _)| (x - cx).pow(2) + (y - cy).pow(2) < *square);
            let base = inside.map_or([40, 60, (y * 200 / SIDE as i64) as u8], |(.., colour)| *colour);
            let grain = (random.number() & 1) as u8;
            pixels.push(base.map(|channel: u8| channel.saturating_add(grain)));
        }
    }
    encode(&Image { width: SIDE, height: SIDE, pixels })
}

/// Decodes an image, blurs it, finds its edges, and counts them.
pub fn features(bytes: &[u8]) -> Result<Features, NotAnImage> {
    Ok(edges(&brightness(&blur(&decode(bytes)?))))
}

/// Brightness as ITU-R BT.601 weighs the colours, in 256ths.
fn brightness(image: &Image<Rgb>) -> Image<u8> {
    let weigh = |[red, green, blue]: &Rgb| {
        ((77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue)) >> 8) as u8
    };
    Image { width: image.width, height: image.height, pixels: image.pixels.iter().map(weigh).collect() }
}

/// The binomial numbers of nine: near a Gaussian of 1.4 pixels.
const KERNEL: [u32; 9] = [1, 8, 28, 56, 70, 56, 28, 8, 1];

/// Blurs each colour with all 81 products a pixel. Beyond the border the border's pixels are repeated.
fn blur(image: &Image<Rgb>) -> Image<Rgb> {
    let (width, height) = (image.width as isize, image.height as isize);
    let at = |x: isize, y: isize| {
        let (x, y) = (x.clamp(0, width - 1), y.clamp(0, height - 1));
        image.pixels[(y * width + x) as usize]
    };
    let blurred = |x: isize, y: isize, colour: usize| {
        let rows = (-4..=4).zip(KERNEL).map(|(down, weight)| {
            let row = (-4..=4).zip(KERNEL).map(|(right, weight)| weight * u32::from(at(x + right, y + down)[colour]));
            weight * row.sum::<u32>()
        });
        (rows.sum::<u32>() >> 16) as u8
    };
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let pixels = places.map(|(x, y)| std::array::from_fn(|colour| blurred(x, y, colour))).collect();
    Image { width: image.width, height: image.height, pixels }
}

/// Counts the pixels whose gradient (Sobel) is steep, by its direction; the outermost pixels have none.
fn edges(image: &Image<u8>) -> Features {
    const STEEP: i32 = 60;
    let Image { width, height, pixels } = image;
    let at = |x: usize, y: usize| i32::from(pixels[y * width + x]);
    let mut by_direction = [0; DIRECTIONS];
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let column = |x: usize| at(x, y - 1) + 2 * at(x, y) + at(x, y + 1);
            let row = |y: usize| at(x - 1, y) + 2 * at(x, y) + at(x + 1, y);
            let (right, down) = (column(x + 1) - column(x - 1), row(y + 1) - row(y - 1));
            if right.abs() + down.abs() >= STEEP {
                let octant =
                    usize::from(right < 0) << 2 | usize::from(down < 0) << 1 | usize::from(right.abs() < down.abs());
                by_direction[octant] += 1;
            }
        }
    }
    let count = pixels.len().max(1) as u64;
    let mean = pixels.iter().map(|pixel| u64::from(*pixel)).sum::<u64>() / count;
    let share = u64::from(by_direction.iter().sum::<u32>()) * 1000 / count;
    let mut features = [0; 2 + DIRECTIONS];
    features[..2].copy_from_slice(&[mean as u32, share as u32]);
    features[2..].copy_from_slice(&by_direction);
    features
}

const MAGIC: &[u8; 4] = b"qoif";
const HEADER: usize = 14;
const END: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// The place of a pixel among the 64 that both sides remember; images without transparency have an alpha of 255.
fn place([red, green, blue]: Rgb) -> usize {
    (usize::from(red) * 3 + usize::from(green) * 5 + usize::from(blue) * 7 + 255 * 11) % 64
}

fn encode(image: &Image<Rgb>) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend((image.width as u32).to_be_bytes());
    out.extend((image.height as u32).to_be_bytes());
    out.extend([3, 0]);
    let (mut seen, mut before, mut run) = ([[0; 3]; 64], [0; 3], 0_u8);
    for pixel in &image.pixels {
        if *pixel == before {
            run += 1;
            if run == 62 {
                out.push(0xc0 | (run - 1));
                run = 0;
            }
            continue;
        }
        if run > 0 {
            out.push(0xc0 | (run - 1));
            run = 0;
        }
        encode_pixel(*pixel, before, &mut seen, &mut out);
        before = *pixel;
    }
    if run > 0 {
        out.push(0xc0 | (run - 1));
    }
    out.extend(END);
    out
}

/// Writes a pixel that differs from the one before: as a place, as a difference, or in full.
fn encode_pixel(pixel: Rgb, before: Rgb, seen: &mut [Rgb; 64], out: &mut Vec<u8>) {
    let index = place(pixel);
    if seen[index] == pixel {
        out.push(index as u8);
        return;
    }
    seen[index] = pixel;
    let [red, green, blue] = std::array::from_fn(|channel| pixel[channel].wrapping_sub(before[channel]));
    let (red_green, blue_green) = (red.wrapping_sub(green), blue.wrapping_sub(green));
    let near = |difference: u8, bias: u8, below: u8| difference.wrapping_add(bias) < below;
    if near(red, 2, 4) && near(green, 2, 4) && near(blue, 2, 4) {
        let [red, green, blue] = [red, green, blue].map(|difference| difference.wrapping_add(2));
        out.push(0x40 | red << 4 | green << 2 | blue);
    } else if near(green, 32, 64) && near(red_green, 8, 16) && near(blue_green, 8, 16) {
        out.push(0x80 | green.wrapping_add(32));
        out.push(red_green.wrapping_add(8) << 4 | blue_green.wrapping_add(8));
    } else {
        out.push(0xfe);
        out.extend(pixel);
    }
}

fn decode(bytes: &[u8]) -> Result<Image<Rgb>, NotAnImage> {
    let (header, mut rest) = bytes.split_at_checked(HEADER).ok_or(NotAnImage::Header)?;
    let [width, height] =
        [4, 8].map(|at| header[at..at + 4].iter().fold(0, |number, byte| number << 8 | usize::from(*byte)));
    // No image of ours is larger, and a damaged header must not ask for all memory.
    if !header.starts_with(MAGIC) || width.saturating_mul(height) > 1 << 24 {
        return Err(NotAnImage::Header);
    }
    let (mut seen, mut pixel) = ([[0; 3]; 64], [0; 3]);
    let mut pixels = Vec::with_capacity(width * height);
    while pixels.len() < width * height {
        let (tag, after) = rest.split_first().ok_or(NotAnImage::Short)?;
        rest = after;
        let mut times = 1;
        match (tag >> 6, tag & 0x3f) {
            _ if *tag == 0xfe => {
                let (full, after) = rest.split_first_chunk::<3>().ok_or(NotAnImage::Short)?;
                (pixel, rest) = (*full, after);
            }
            (0, index) => pixel = seen[usize::from(index)],
            (1, bits) => {
                let differences = [bits >> 4, bits >> 2 & 3, bits & 3];
                pixel =
                    std::array::from_fn(|channel| pixel[channel].wrapping_add(differences[channel]).wrapping_sub(2));
            }
            (2, green) => {
                let (others, after) = rest.split_first().ok_or(NotAnImage::Short)?;
                rest = after;
                let green = green.wrapping_sub(32);
                let differences = [(others >> 4).wrapping_sub(8), 0, (others & 15).wrapping_sub(8)];
                pixel = std::array::from_fn(|channel| {
                    pixel[channel].wrapping_add(green).wrapping_add(differences[channel])
                });
            }
            (_, run) => times = usize::from(run) + 1,
        }
        seen[place(pixel)] = pixel;
        let times = times.min(width * height - pixels.len());
        pixels.extend(std::iter::repeat_n(pixel, times));
    }
    Ok(Image { width, height, pixels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_image_comes_back_as_it_was(width in 0_usize..20, height in 0_usize..20, seed: u64, spread in 1_u64..255) {
            let mut random = Random::new(seed);
            let pixels = (0..width * height).map(|_| [0; 3].map(|_: u8| random.up_to(spread) as u8)).collect();
            let image = Image { width, height, pixels };
            prop_assert_eq!(decode(&encode(&image)).unwrap(), image);
        }

        #[test]
        fn damaged_bytes_are_an_error_or_another_image(at in 0_usize..2000, byte: u8) {
            let mut bytes = encode(&Image { width: 20, height: 20, pixels: vec![[9, 8, 7]; 400] });
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = features(&bytes);
            bytes.truncate(at);
            prop_assert!(decode(&bytes[..at.min(14)]).is_err());
        }
    }

    #[test]
    fn an_edge_between_black_and_white_is_counted_in_its_direction() {
        let pixels = (0..64 * 64).map(|n| if n % 64 < 32 { [0; 3] } else { [255; 3] }).collect();
        let features = features(&encode(&Image { width: 64, height: 64, pixels })).unwrap();
        let [mean, share, to_the_right, others @ ..] = features;
        assert!((126..=128).contains(&mean), "half black, half white: {features:?}");
        assert!(to_the_right > 0 && others.iter().all(|count| *count == 0), "{features:?}");
        assert_eq!(share, to_the_right * 1000 / (64 * 64));
    }

    #[test]
    fn images_that_are_made_are_real_images_with_edges() {
        let bytes = make(&mut Random::new(42));
        let image = decode(&bytes).unwrap();
        assert_eq!((image.width, image.height), (SIDE, SIDE));
        assert!(features(&bytes).unwrap()[1] > 0);
        assert_eq!(features(b"GIF89a").unwrap_err(), NotAnImage::Header);
    }
}
