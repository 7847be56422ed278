package dev.belay.dashboard.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.inspect.StatPoint;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ChartsTest {
    @Test
    void says_in_words_what_a_line_shows() {
        String svg = Sparkline.of(List.of(0L, 1_500L, 4L)).svg("failures in the last hour");

        assertThat(svg).contains("failures in the last hour: 4 last, between 0 and 1,500");
        assertThat(svg).contains("points=\"2,26,60,2,118,");
    }

    @Test
    void draws_nothing_of_nothing() {
        assertThat(Sparkline.of(List.of()).svg("x")).contains("nothing known").doesNotContain("<path");
        assertThat(Sparkline.of(List.of(0L)).svg("x")).contains("points=\"2,26,118,26\"");
    }

    @Test
    void gives_the_numbers_behind_the_bars() {
        Histogram histogram = Histogram.of(
                List.of(new StatPoint(Story.START, 6, 3, 1, Duration.ofSeconds(20), Duration.ofSeconds(9))));

        assertThat(histogram.table())
                .containsExactly(
                        new Histogram.Line(Story.START, 6, 3, 1, Duration.ofSeconds(2), Duration.ofSeconds(9)));
        assertThat(histogram.svg("Attempts"))
                .contains("Attempts: 6 succeeded, 3 failed, 1 undone")
                .contains("2026-03-01 12:00:00 UTC: 6 succeeded, 3 failed, 1 undone");
    }

    @Test
    void cuts_texts_at_whole_characters() {
        assertThat(TextWidth.cut("short", 10, 100)).isEqualTo("short");
        String cut = TextWidth.cut("😀".repeat(50), 10, 60);

        assertThat(cut).endsWith("…");
        assertThat(cut.codePoints()).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
        assertThat(TextWidth.of(cut, 10)).isLessThanOrEqualTo(60);
    }

    @Test
    void says_lengths_of_time_by_their_two_largest_units() {
        assertThat(Words.duration(Duration.ofHours(76))).isEqualTo("3 d 4 h");
        assertThat(Words.duration(Duration.ofMillis(1_200))).isEqualTo("1.2 s");
        assertThat(Words.duration(Duration.ofMillis(340))).isEqualTo("340 ms");
        assertThat(Words.duration(Duration.ofSeconds(-5))).isEqualTo("0 s");
    }

    @Test
    void refuses_ids_that_are_none() {
        assertThatThrownBy(() -> Svg.of(new Drawing(0, 0, List.of(), List.of(), "", ""), "a b"))
                .hasMessageContaining("got \"a b\"");
    }
}
