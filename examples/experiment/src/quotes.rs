//! A model that is none: the sentence of the prompt that fits its question best, and those that follow, as many as
//! the prompt asks for.

use std::collections::HashSet;

use crate::usage::tokens;

/// What a prompt says before what there is to quote, and before what is asked.
const HANDBOOK: &str = "Handbook:";
const QUESTION: &str = "Question:";

/// Sentences of an answer, for prompts that ask for no number of them.
const USUAL: usize = 2;
const NUMBERS: [(&str, usize); 5] = [("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5)];

/// Answers a prompt: an instruction, `Handbook:`, `Question:`. Of a prompt without these everything is quoted from,
/// and its last line is the question.
pub(crate) fn quote(prompt: &str, most_tokens: Option<u64>) -> String {
    let (above, question) =
        prompt.rsplit_once(QUESTION).or_else(|| prompt.trim_end().rsplit_once('\n')).unwrap_or(("", prompt));
    let (instruction, handbook) = above.split_once(HANDBOOK).unwrap_or((above, above));
    let paragraphs: Vec<Vec<&str>> = handbook.lines().map(sentences).collect();
    let Some(mut answer) = best(question, &paragraphs) else {
        return "The handbook says nothing about that.".to_owned();
    };
    answer.truncate(number(instruction));
    while answer.len() > 1 && most_tokens.is_some_and(|most| tokens(&answer.join(" ")) > most) {
        answer.pop();
    }
    answer.join(" ")
}

/// How many sentences an instruction asks for.
fn number(instruction: &str) -> usize {
    let words: Vec<&str> = instruction.split(|character: char| !character.is_alphanumeric()).collect();
    let asked = words.windows(2).find_map(|pair| match pair {
        [number, "sentence" | "sentences"] => {
            let named = NUMBERS.iter().find(|(name, _)| name == number).map(|(_, number)| *number);
            named.or_else(|| number.parse().ok())
        }
        _ => None,
    });
    asked.unwrap_or(USUAL)
}

/// The one that shares the most words with the question, rare words most, and what follows it in its paragraph.
fn best<'a>(question: &str, paragraphs: &[Vec<&'a str>]) -> Option<Vec<&'a str>> {
    let asked: HashSet<String> = stems(question).collect();
    let held: Vec<HashSet<String>> =
        paragraphs.iter().flatten().map(|sentence| stems(sentence).collect()).collect();
    let weight = |stem: String| match held.iter().filter(|words| words.contains(&stem)).count() {
        sentences if asked.contains(&stem) => 1.0 / sentences as f64,
        _ => 0.0,
    };
    let rate = |sentence| stems(sentence).collect::<HashSet<_>>().into_iter().map(weight).sum::<f64>();
    let mut best = (0.0, None);
    for paragraph in paragraphs {
        for (place, sentence) in paragraph.iter().enumerate() {
            let rate = rate(sentence);
            if rate > best.0 {
                best = (rate, Some(paragraph.iter().skip(place).copied().collect()));
            }
        }
    }
    best.1
}

/// Of a line of Markdown; a heading has none.
fn sentences(line: &str) -> Vec<&str> {
    let prose = if line.starts_with('#') { "" } else { line };
    prose.split_inclusive(". ").map(str::trim).filter(|sentence| !sentence.is_empty()).collect()
}

/// Words, cut so that `return` and `returned` are alike.
fn stems(text: &str) -> impl Iterator<Item = String> + '_ {
    let words = text.split(|character: char| !character.is_alphanumeric());
    let words = words.filter(|word| word.chars().count() > 2);
    words.map(|word| word.trim_end_matches('s').chars().take(5).collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: &str = "Handbook:\n# Tea\nCake is baked. Tea is brewed hot. Not so ice tea. It takes a day.\n\nCake is eaten.\nQuestion: How is tea brewed?";

    #[test]
    fn an_answer_has_as_many_sentences_as_the_prompt_asks_for() {
        for (instruction, answer) in [
            ("Answer in one sentence.", "Tea is brewed hot."),
            ("", "Tea is brewed hot. Not so ice tea."),
            ("Write 5 sentences.", "Tea is brewed hot. Not so ice tea. It takes a day."),
        ] {
            assert_eq!(quote(&format!("{instruction} {HELD}"), None), answer);
        }
    }

    #[test]
    fn an_answer_is_no_longer_than_the_prompt_allows() {
        assert_eq!(quote(HELD, Some(5)), "Tea is brewed hot.");
    }

    #[test]
    fn what_the_prompt_does_not_hold_is_not_answered() {
        for prompt in ["", "Why?", "Handbook:\nTea is brewed hot.\nQuestion: Who won?"] {
            assert_eq!(quote(prompt, None), "The handbook says nothing about that.");
        }
    }
}
