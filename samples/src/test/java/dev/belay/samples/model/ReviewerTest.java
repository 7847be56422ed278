package dev.belay.samples.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReviewerTest {

    @Test
    void findsNothingToChangeInAPlainPassage() {
        assertThat(Reviewer.review("claim(job);\nrelease(job);\n")).isEqualTo("""
                        Score: 10/10
                        Size: 2 lines, 2 with text, 26 characters
                        Longest line: 13 characters, line 2 of the passage
                        Most used names: job (2), claim (1), release (1)
                        Markers: 0
                        Findings: nothing to change""");
    }

    @Test
    void takesPointsForWhatItFinds() {
        var text = "x".repeat(130) + "\n"
                + "// TODO one FIXME two\n"
                + " ".repeat(28) + "deep();  \n"
                + "\ttabbed();\n"
                + "this.sameLine.again(here);\n".repeat(3);

        assertThat(Reviewer.review(text))
                .startsWith("Score: 3/10")
                .contains("Markers: 2 (TODO line 2, FIXME line 2)")
                .endsWith("Findings: break 1 line of more than 120 characters; settle 2 open markers; "
                        + "flatten the nesting that starts at column 28; one line stands 3 times, give it a name; "
                        + "indent with spaces or with tabs, not with both; remove the blanks at the end of 1 line");
    }

    @Test
    void reviewsAnEmptyText() {
        assertThat(Reviewer.review(""))
                .startsWith("Score: 10/10\nSize: 0 lines")
                .contains("Longest line: none");
    }

    @Test
    void countsATokenForFourLettersAndForEachSign() {
        assertThat(Tokens.count("claim(42) released")).isEqualTo(7);
        assertThat(Tokens.count(" \n\t")).isZero();
        assertThat(Tokens.count("über 😀")).isEqualTo(2);
    }
}
