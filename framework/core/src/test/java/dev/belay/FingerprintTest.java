package dev.belay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What counts as the same reason of a failure, and what does not. */
class FingerprintTest {
    private static final String STACK = """
            java.lang.IllegalStateException: x
            \tat java.base/java.util.Objects.requireNonNull(Objects.java:233)
            \tat dev.belay.internal.worker.RecordedActivity.execute(RecordedActivity.java:170)
            \tat app//com.acme.Ship.lambda$book$3(Ship.java:41)
            \tat com.acme.Desk.run(Desk.java:12)
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            order 17 is missing                               | order 4711 is missing
            order-17 is missing                               | order-4711 is missing
            no seat for "Ada"                                 | no seat for "Grace Hopper"
            no seat for 'Ada'                                 | no seat for 'Grace Hopper'
            can't book 'A'                                    | can't book 'B and C'
            saga 6f1c9e0a-1b2c-4d3e-8f90-a1b2c3d4e5f6 is lost | saga 00000000-0000-4000-8000-000000000000 is lost
            at 0x7ffe12ab                                     | at 0xdeadbeef01
            request req_8f3ka92 failed                        | request req_1x failed
            waited 3.5 s                                      | waited 12 s
            until 2026-01-31T10:00:00.123Z                    | until 2027-02-01T11:59:59Z
            rows [1, 2, 3]                                    | rows [7]
            balance -5                                        | balance 12,000.50
            host 10.0.0.1:5432 refused                        | host 192.168.7.12:80 refused
            two  words                                        | two words
            """)
    void aMessageIsTheSameButForItsValues(String one, String other) {
        assertThat(Fingerprint.normalised(one)).isEqualTo(Fingerprint.normalised(other));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', textBlock = """
            order 17 is missing | order 17 is late
            can't book          | cannot book
            no seat for Ada     | no seat for Grace
            """)
    void otherWordsAreAnotherMessage(String one, String other) {
        assertThat(Fingerprint.normalised(one)).isNotEqualTo(Fingerprint.normalised(other));
    }

    @Test
    void theMethodIsTheFirstOnesOwn() {
        assertThat(Fingerprint.method(STACK)).isEqualTo("com.acme.Ship.lambda$book$#");
        assertThat(Fingerprint.method("")).isEmpty();
        assertThat(Fingerprint.method("java.lang.Error\n\tat java.lang.Thread.run(Thread.java:1)"))
                .isEmpty();
    }

    @Test
    void linesAndLambdasMayMove() {
        String moved = STACK.replace(":41", ":57").replace("book$3", "book$12");

        assertThat(Fingerprint.of("T", "m", moved)).isEqualTo(Fingerprint.of("T", "m", STACK));
    }

    @Test
    void theStepDoesNotMatter() {
        assertThat(new Failure("a", "T", "m 1", STACK).fingerprint())
                .isEqualTo(new Failure("b", "T", "m 2", STACK).fingerprint())
                .matches("[0-9a-f]{12}");
    }

    @Test
    void anotherTypeOrMethodIsAnotherReason() {
        String here = Fingerprint.of("T", "m", STACK);

        assertThat(Fingerprint.of("U", "m", STACK)).isNotEqualTo(here);
        assertThat(Fingerprint.of("T", "m", STACK.replace("com.acme.Ship", "com.acme.Hotel")))
                .isNotEqualTo(here);
    }

    @Test
    void theSameTextHasTheSameFingerprintInEveryVersion() {
        assertThat(Fingerprint.of("T", "order 1", STACK)).isEqualTo("93675640462e");
    }

    @Test
    void aLongMessageWithoutAnEndOfQuotesIsNoTrouble() {
        assertThat(Fingerprint.normalised("\"" + "a1 ".repeat(1_300))).startsWith("\"#");
    }

    @Test
    void aGistHasNothingOfASingleCase() {
        assertThat(new Failure("a", "T", "The card of \"Ada\" has 17.30 left", STACK).gist())
                .isEqualTo("The card of ? has # left");
    }
}
