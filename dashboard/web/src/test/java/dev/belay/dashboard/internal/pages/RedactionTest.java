package dev.belay.dashboard.internal.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.belay.dashboard.internal.web.Json;
import dev.belay.dashboard.internal.web.Refused;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class RedactionTest {
    private static final Redaction HIDING = new Redaction(List.of("**.password", "customer.card.*", "list.*.secret"));

    @Test
    void hidesAtAnyDepth() {
        assertThat(HIDING.whole("{\"password\":\"a\",\"x\":[{\"y\":{\"password\":{\"deep\":1}}}]}"))
                .isEqualTo("{\"password\":\"•••\",\"x\":[{\"y\":{\"password\":\"•••\"}}]}");
    }

    @Test
    void hidesBelowAPlaceAndInLists() {
        assertThat(HIDING.whole("{\"customer\":{\"card\":{\"no\":1,\"cvc\":2}},\"list\":[{\"secret\":1,\"open\":2}]}"))
                .isEqualTo(
                        "{\"customer\":{\"card\":{\"no\":\"•••\",\"cvc\":\"•••\"}},\"list\":[{\"secret\":\"•••\",\"open\":2}]}");
        assertThat(HIDING.shown("{\"customer\":{\"card\":{\"no\":1,\"cvc\":2}}}")
                        .hidden())
                .isEqualTo(2);
    }

    @Test
    void leavesAllElseAsItIs() {
        String json = "{\"__proto__\":{\"a\":1},\"constructor\":9007199254740993,\"price\":40.50,\"list\":[1E+2,null]}";

        assertThat(HIDING.whole(json)).isEqualTo(json);
        assertThat(HIDING.shown(json).text()).contains("9007199254740993").contains("40.50");
    }

    @Test
    void showsNothingOfWhatItCannotRead() {
        assertThat(HIDING.whole("{\"password\": \"a\"")).isEqualTo("\"•••\"");
    }

    @Test
    void cutsWhatIsLong() {
        Redaction.Shown shown = HIDING.shown("\"" + "x".repeat(100_000) + "\"");

        assertThat(shown.cut()).isTrue();
        assertThat(shown.text()).hasSize(64 * 1024);
        assertThat(shown.length()).isEqualTo(100_002);
    }

    @Test
    void hidesInJsonThatStandsInATextAndPutsItBack() {
        String json = "{\"arguments\":\"{\\\"password\\\":\\\"a\\\",\\\"n\\\":1}\",\"plain\":\"[no JSON\"}";

        Redaction.Shown shown = HIDING.shown(json);
        assertThat(shown.hidden()).isEqualTo(1);
        assertThat(HIDING.whole(json))
                .isEqualTo("{\"arguments\":\"{\\\"password\\\":\\\"•••\\\",\\\"n\\\":1}\",\"plain\":\"[no JSON\"}");
        assertThat(HIDING.restored(
                                Json.read(HIDING.whole(json).replace(":1}", ":2}"), "It"),
                                Optional.of(Json.read(json, "It")))
                        .toString())
                .isEqualTo(json.replace(":1}", ":2}"));
    }

    @Test
    void hidesByThePlaceInATextTooAsIfItStoodAlone() {
        assertThat(HIDING.whole("\"{\\\"customer\\\":{\\\"card\\\":{\\\"no\\\":1}}}\""))
                .contains("•••")
                .doesNotContain("1");
        assertThat(HIDING.whole("{\"said\":\"{\\\"customer\\\":{\\\"card\\\":{\\\"no\\\":1}}}\"}"))
                .contains("•••")
                .doesNotContain("1");
    }

    @Test
    void putsBackWhatWasHidden() {
        JsonNode original = Json.read("{\"password\":\"a\",\"n\":1}", "It");

        assertThat(HIDING.restored(Json.read("{\"password\":\"•••\",\"n\":2}", "It"), Optional.of(original))
                        .toString())
                .isEqualTo("{\"password\":\"a\",\"n\":2}");
        assertThat(HIDING.restored(Json.read("{\"password\":\"new\"}", "It"), Optional.of(original))
                        .toString())
                .isEqualTo("{\"password\":\"new\"}");
        assertThatThrownBy(() ->
                        HIDING.restored(Json.read("{\"moved\":{\"password\":\"•••\"}}", "It"), Optional.of(original)))
                .isInstanceOf(Refused.class)
                .hasMessageContaining("moved.password");
    }
}
