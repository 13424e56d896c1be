//! Lists that come in pages: read again until nothing has shifted from one page to another while they were read.
//!
//! Something that goes from a page that was read moves everything behind it forwards, and what comes to stand on that
//! page is on none that is still to be read. One page by itself is what the vendor had at one moment.

/// More passes than a list that changes now and then takes: one that changes all the time is given up here.
const PASSES_MAX: u32 = 6;

/// One page of a list.
pub struct Page<T> {
    /// How many there are on all pages.
    pub total: u64,
    /// Those on this one.
    pub items: Vec<T>,
}

/// What reading a list came to.
pub enum Pages<T> {
    /// The list, each item once, sorted.
    Whole(Vec<T>),
    /// It changed in every pass, or never held as many as the vendor says there are: the last pass, and that number.
    Unsettled(Vec<T>, u64),
    /// So many pages were not the end of it.
    Endless,
}

/// Reads a list page by page, from 1, at most `pages_max` in a pass. `key` is what makes two items the same one, and
/// what two passes have to agree on.
///
/// # Errors
/// What asking gives.
pub async fn read<T, K: Ord, E>(
    pages_max: u32,
    key: impl Fn(&T) -> K,
    mut ask: impl AsyncFnMut(u32) -> Result<Page<T>, E>,
) -> Result<Pages<T>, E> {
    let mut before: Option<(u64, Vec<K>)> = None;
    let mut passes = 0;
    loop {
        let Some(Pass { mut items, total, pages, has_one_total }) = pass(pages_max, &mut ask).await? else {
            return Ok(Pages::Endless);
        };
        items.sort_by_key(&key);
        items.dedup_by_key(|item| key(item));
        let now = (total, items.iter().map(&key).collect());
        let agrees = pages == 1 || before.as_ref() == Some(&now);
        if has_one_total && agrees && items.len() as u64 >= total {
            return Ok(Pages::Whole(items));
        }
        passes += 1;
        if passes == PASSES_MAX {
            return Ok(Pages::Unsettled(items, total));
        }
        // Two passes that lack the same item agree, if what hid it from the first one came back and went again.
        before = has_one_total.then_some(now);
    }
}

/// All pages once.
struct Pass<T> {
    items: Vec<T>,
    /// What the last page said.
    total: u64,
    pages: u32,
    /// Whether every page said the same total: else something came or went in between.
    has_one_total: bool,
}

/// `None` where the pages do not come to an end.
async fn pass<T, E>(
    pages_max: u32,
    ask: &mut impl AsyncFnMut(u32) -> Result<Page<T>, E>,
) -> Result<Option<Pass<T>>, E> {
    let mut items = Vec::new();
    let mut first_total = None;
    let mut has_one_total = true;
    for pages in 1..=pages_max {
        let Page { total, items: more } = ask(pages).await?;
        let is_end = more.is_empty();
        items.extend(more);
        has_one_total &= *first_total.get_or_insert(total) == total;
        if is_end || items.len() as u64 >= total {
            return Ok(Some(Pass { items, total, pages, has_one_total }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of two a page that is another one at each question.
    fn reads(lists: &[&[u32]]) -> (Pages<u32>, usize) {
        let mut asked = 0;
        let ask = async |page: u32| {
            let list = lists[asked.min(lists.len() - 1)];
            asked += 1;
            let items = list.iter().skip(2 * (page as usize - 1)).take(2).copied().collect();
            Ok::<_, ()>(Page { total: list.len() as u64, items })
        };
        let read = futures_util::FutureExt::now_or_never(read(9, |item| *item, ask));
        (read.expect("nothing waits").expect("nothing fails"), asked)
    }

    #[test]
    fn a_list_that_shifts_between_two_pages_is_read_again_until_two_passes_agree() {
        let (first, then): (&[u32], &[u32]) = (&[1, 2, 3, 4], &[2, 3, 4]);
        for (lists, expected, asked) in [
            (vec![&[1, 2][..]], vec![1, 2], 1),
            (vec![first], vec![1, 2, 3, 4], 4),
            // 3 moves to the page that was read: the first pass has 1, 2 and 4.
            (vec![first, then], vec![2, 3, 4], 6),
            // One goes and one comes, so that the numbers say nothing.
            (vec![first, &[2, 3, 4, 5], &[2, 3, 4, 5]], vec![2, 3, 4, 5], 6),
            // 1 goes, comes back and goes again: two passes lack 3, and agree.
            (vec![first, then, first, then], vec![2, 3, 4], 8),
        ] {
            match reads(&lists) {
                (Pages::Whole(items), calls) => assert_eq!((items, calls), (expected, asked), "{lists:?}"),
                (Pages::Unsettled(..) | Pages::Endless, _) => panic!("{lists:?} was not read"),
            }
        }
    }

    #[test]
    fn a_list_that_never_stands_still_is_given_up() {
        let lists: Vec<Vec<u32>> = (0..100).map(|at| vec![at, at + 1, at + 2]).collect();
        let lists: Vec<&[u32]> = lists.iter().map(Vec::as_slice).collect();
        assert!(matches!(reads(&lists), (Pages::Unsettled(..), calls) if calls == 2 * PASSES_MAX as usize));
    }
}
