//! Seats as a half circle, the parties side by side as they sit.

/// Sines of 0° to 90° in steps of three degrees, in ten-thousandths.
const SINES: [i64; 31] = [
    0, 523, 1045, 1564, 2079, 2588, 3090, 3584, 4067, 4540, 5000, 5446, 5878, 6293, 6691, 7071, 7431, 7771,
    8090, 8387, 8660, 8910, 9135, 9336, 9511, 9659, 9781, 9877, 9945, 9986, 10000,
];
/// The unit of [`SINES`].
const ONE: i64 = 10_000;
/// An angle is told in hundredths of a degree.
const HALF_TURN: i64 = 18_000;
/// The most seats that are drawn.
const MOST: u64 = 700;
/// Radius of the outermost row, and of the innermost in percent of it.
const RADIUS: i64 = 460;
const INNER: i64 = 40;

/// One seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) colour: usize,
}

/// A half circle.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hall {
    pub(crate) seats: Vec<Seat>,
    /// The radius of each seat.
    pub(crate) radius: i64,
    pub(crate) total: u64,
}

/// Seats parties of these sizes; `None` where there are too few or too many to draw.
pub(crate) fn hall(parties: &[u64]) -> Option<Hall> {
    let total: u64 = parties.iter().sum();
    if !(3..=MOST).contains(&total) {
        return None;
    }
    let count = i64::try_from(total).ok()?;
    // As many rows as leave seats about as far apart within a row as between rows.
    let rows = (1..=20).find(|rows| capacity(*rows) >= count)?;
    let radii: Vec<i64> = (0..rows).map(|row| RADIUS - row * step(rows)).collect();
    let all: i64 = radii.iter().sum();
    let mut places: Vec<(i64, i64)> = Vec::new();
    let mut given = 0;
    let mut reached = 0;
    for radius in &radii {
        reached += radius;
        let upto = count * reached / all;
        let here = upto - given;
        given = upto;
        for at in 0..here {
            let angle = if here == 1 { HALF_TURN / 2 } else { at * HALF_TURN / (here - 1) };
            places.push((angle, *radius));
        }
    }
    // From the left to the right, so that each party sits in one wedge.
    places.sort_unstable();
    let colours = parties.iter().enumerate().flat_map(|(colour, size)| (0..*size).map(move |_| colour));
    let seats = places.into_iter().zip(colours).map(|((angle, radius), colour)| Seat {
        x: 500 - radius * cosine(angle) / ONE,
        y: 490 - radius * sine(angle) / ONE,
        colour,
    });
    Some(Hall { seats: seats.collect(), radius: (step(rows) * 2 / 5).clamp(4, 30), total })
}

/// The distance between rows.
const fn step(rows: i64) -> i64 {
    let step = RADIUS * (100 - INNER) / 100 / rows;
    if step > 70 { 70 } else { step }
}

/// How many seats fit into so many rows.
fn capacity(rows: i64) -> i64 {
    // A half circle is a little more than three times its radius long.
    (0..rows).map(|row| (RADIUS - row * step(rows)) * 314 / 100 / step(rows) + 1).sum()
}

fn sine(angle: i64) -> i64 {
    let angle = if angle > HALF_TURN / 2 { HALF_TURN - angle } else { angle };
    let at = usize::try_from(angle / 300).unwrap_or(0).min(SINES.len() - 2);
    SINES[at] + (SINES[at + 1] - SINES[at]) * (angle - 300 * i64::try_from(at).unwrap_or(0)) / 300
}

fn cosine(angle: i64) -> i64 {
    let quarter = HALF_TURN / 2;
    if angle > quarter { -sine(angle - quarter) } else { sine(quarter - angle) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seat_has_a_place_of_its_own() {
        for parties in [vec![3], vec![11, 8, 6], vec![200, 150, 100, 40, 1], vec![350, 350]] {
            let hall = hall(&parties).expect("a hall");
            let total: u64 = parties.iter().sum();
            assert_eq!((hall.seats.len() as u64, hall.total), (total, total));
            let mut places: Vec<(i64, i64)> = hall.seats.iter().map(|seat| (seat.x, seat.y)).collect();
            places.sort_unstable();
            places.dedup();
            assert_eq!(places.len() as u64, total, "{parties:?}");
            assert!(
                hall.seats.iter().all(|seat| (0..=1000).contains(&seat.x) && (0..=500).contains(&seat.y))
            );
        }
    }

    #[test]
    fn parties_sit_side_by_side() {
        let hall = hall(&[11, 8, 6]).expect("a hall");
        let middle = |colour: usize| {
            let own: Vec<i64> =
                hall.seats.iter().filter(|seat| seat.colour == colour).map(|seat| seat.x).collect();
            own.iter().sum::<i64>() / i64::try_from(own.len()).expect("a few")
        };
        assert!(middle(0) < middle(1) && middle(1) < middle(2));
    }

    #[test]
    fn too_few_and_too_many_are_not_drawn() {
        assert!(hall(&[2]).is_none() && hall(&[MOST + 1]).is_none() && hall(&[]).is_none());
    }

    #[test]
    fn angles_are_what_they_are() {
        assert_eq!((sine(0), sine(9000), sine(18_000)), (0, ONE, 0));
        assert_eq!((cosine(0), cosine(9000), cosine(18_000)), (ONE, 0, -ONE));
        assert_eq!(sine(3000), ONE / 2);
    }
}
