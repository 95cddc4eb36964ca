use super::Variables;
use crate::manifest::Source;

fn file(text: &str) -> Source {
    Source { name: "vars.yml".to_owned(), text: text.to_owned() }
}

fn texts(variables: &Variables) -> Vec<String> {
    variables.texts().map(|(name, text)| format!("{name} = {text}")).collect()
}

#[test]
fn the_last_value_wins_and_replaces_the_whole() {
    let files = [file("a: {x: one, y: two}\nb: three\n"), file("a: {x: four}\n")];
    let (variables, warnings) = Variables::read(&files, &["b=five", "b=six"]).unwrap();
    assert_eq!(texts(&variables), ["vars.yml: a.x = four", "`--var b` = six"]);
    assert!(warnings.is_empty());
}

#[test]
fn values_that_are_no_texts_to_cf_are_warned_of() {
    let warning = |pair: &str| Variables::read(&[], &[pair]).unwrap().1.join("|");
    for (pair, expected) in [
        ("tag=1.10", "`--var tag=1.10` is the number 1.1 to cf; write `--var 'tag=\"1.10\"'`"),
        ("t=0123", "`--var t=0123` is the number 83 to cf; write `--var 't=\"0123\"'`"),
        ("t=1e3", "`--var t=1e3` is the number 1000 to cf; write `--var 't=\"1e3\"'`"),
        ("t=yes", "`--var t=yes` is `true` to cf; write `--var 't=\"yes\"'`"),
        ("t=~", "`--var t=~` is nothing to cf; write `--var 't=\"~\"'`"),
        ("t=1.10 # hush", "the value of `--var t` is no text to cf; write `--var 't=\"VALUE\"'`"),
        ("t=1.5", ""),
        ("t=7", ""),
        ("t=text", ""),
        ("t=\"1.10\"", ""),
        ("t={a: b}", ""),
    ] {
        assert_eq!(warning(pair), expected, "{pair}");
    }
    let (variables, _) = Variables::read(&[], &["t=\"1.10\"", "u='x y'", "v=a=b"]).unwrap();
    let expected = ["`--var t` = 1.10", "`--var u` = x y", "`--var v` = a=b"];
    assert_eq!(texts(&variables), expected);
}

#[test]
fn faults_are_named_without_a_value() {
    for pair in ["hush", "=hush", "k=", "k=[hush", "k=@hush"] {
        let error = Variables::read(&[], &[pair]).err().unwrap().to_string();
        assert!(!error.contains("hush") && error.contains("hint:"), "{error}");
    }
    for text in ["a: [hush\n", "- hush\n", "hush\n", "a: *hush\n", "a: !!int hush\n", "a: \"hush\n"]
    {
        let error = Variables::read(&[file(text)], &[]).err().unwrap();
        assert!(!error.to_string().contains("hush"), "{error}");
        assert!(error.to_string().contains("  vars.yml:1:"), "{error}");
    }
    for text in ["", "# nothing\n", "~\n", "---\n"] {
        assert!(texts(&Variables::read(&[file(text)], &[]).unwrap().0).is_empty());
    }
}
