package dev.belay.dashboard.internal.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ChartsTest {
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
