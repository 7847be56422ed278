package dev.belay.internal.journal;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ShapeTest {
    private final Payloads payloads = new Payloads(1_000_000, new Upcasters(List.of()));

    private String example(Class<?> type) {
        return payloads.shape(type).example();
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    enum Colour {
        @JsonProperty("r")
        RED,
        GREEN
    }

    record Simple(
            String text,
            int whole,
            Long maybe,
            double number,
            BigDecimal exact,
            BigInteger huge,
            boolean flag,
            Colour colour,
            UUID id,
            Instant at,
            byte[] bytes) {}

    @Test
    void aRecordIsAnObjectOfItsFieldsInTheirOrder() {
        assertThat(example(Simple.class))
                .isEqualTo("{\"text\":\"string\",\"whole\":\"integer\",\"maybe\":\"integer\",\"number\":\"number\","
                        + "\"exact\":\"number\",\"huge\":\"integer\",\"flag\":\"boolean\",\"colour\":\"r | GREEN\","
                        + "\"id\":\"string\",\"at\":\"string\",\"bytes\":\"string\"}");
    }

    record Holder(
            List<Colour> list,
            Map<String, Integer> map,
            int[] numbers,
            Optional<String> perhaps,
            Set<Inner> set,
            Object any,
            JsonNode tree) {}

    record Inner(@JsonProperty("other_name") String name) {}

    @Test
    void whatItHoldsIsDescribedToo() {
        assertThat(example(Holder.class))
                .isEqualTo(
                        "{\"list\":[\"r | GREEN\"],\"map\":{\"…\":\"integer\"},\"numbers\":[\"integer\"],"
                                + "\"perhaps\":\"string\",\"set\":[{\"other_name\":\"string\"}],\"any\":\"any\",\"tree\":\"any\"}");
    }

    static class Bean {
        private String name = "";
        private int size;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public int getSize() {
            return size;
        }

        public void setSize(int size) {
            this.size = size;
        }

        public String getDerived() {
            return name + size;
        }
    }

    @Test
    void aBeanIsAnObjectOfWhatItReads() {
        assertThat(payloads.shape(Bean.class).fields()).containsOnlyKeys("name", "size");
        assertThat(payloads.shape(Bean.class).problem(json("{}"))).isEmpty();
    }

    record Node(String name, List<Node> children) {}

    @Test
    void whatHoldsItselfIsCut() {
        assertThat(example(Node.class)).isEqualTo("{\"name\":\"string\",\"children\":[\"any\"]}");
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME)
    @JsonSubTypes(@JsonSubTypes.Type(Dog.class))
    sealed interface Animal permits Dog {}

    record Dog(String name) implements Animal {}

    interface Plain {
        String getName();
    }

    record Zoo(Animal first, List<Animal> all, Plain plain) {}

    record Known(@JsonAlias("nom") String name) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Lenient(String name) {}

    record Wrapping(@JsonUnwrapped Inner inner) {}

    record Valued(@JsonValue String value) {}

    @Test
    void whatReadsItsJsonInAWayOfItsOwnIsAny() {
        assertThat(example(Animal.class)).isEqualTo("\"any\"");
        assertThat(example(Zoo.class)).isEqualTo("{\"first\":\"any\",\"all\":[\"any\"],\"plain\":\"any\"}");
        assertThat(example(Known.class)).isEqualTo("\"any\"");
        assertThat(example(Lenient.class)).isEqualTo("\"any\"");
        assertThat(example(Wrapping.class)).isEqualTo("\"any\"");
        assertThat(example(Object.class)).isEqualTo("\"any\"");
        assertThat(example(Valued.class)).isEqualTo("\"string\"");
    }

    @Test
    void whatIsSimpleIsOneWord() {
        assertThat(example(String.class)).isEqualTo("\"string\"");
        assertThat(example(Integer.class)).isEqualTo("\"integer\"");
        assertThat(example(Void.class)).isEqualTo("null");
        assertThat(example(String[].class)).isEqualTo("[\"string\"]");
        assertThat(example(List.class)).isEqualTo("[\"any\"]");
        assertThat(example(Map.class)).isEqualTo("{\"…\":\"any\"}");
    }

    @Test
    void whatIsStoredIsReadAsItWas() {
        for (Class<?> type : List.of(
                Simple.class, Holder.class, Bean.class, Node.class, Zoo.class, String.class, Void.class, List.class)) {
            Shape shape = payloads.shape(type);

            assertThat(Shape.parse(json(shape.toJson().toString())))
                    .as(type.getName())
                    .isEqualTo(shape);
        }
    }

    @Test
    void whatANewerVersionStoresIsAny() {
        assertThat(Shape.parse(json("\"colour\"")).problem(json("7"))).isEmpty();
        assertThat(Shape.parse(json("{\"tuple\": [1]}")).problem(json("7"))).isEmpty();
    }

    @Test
    void whatFitsIsNeverRefused() {
        List<Object> values = List.of(
                new Simple(
                        "a",
                        1,
                        null,
                        1,
                        BigDecimal.ONE,
                        BigInteger.TEN,
                        true,
                        Colour.RED,
                        UUID.randomUUID(),
                        Instant.EPOCH,
                        new byte[] {1}),
                new Holder(
                        List.of(Colour.GREEN),
                        Map.of("a", 1),
                        new int[] {1},
                        Optional.empty(),
                        Set.of(new Inner("a")),
                        List.of(),
                        json("{}")),
                new Bean(),
                new Node("a", List.of(new Node("b", List.of()))),
                new Zoo(new Dog("a"), List.of(new Dog("b")), new Plain() {
                    @Override
                    public String getName() {
                        return "x";
                    }
                }),
                new Known("a"),
                new Wrapping(new Inner("a")),
                new Valued("a"));
        for (Object value : values) {
            JsonNode written = json(payloads.json(value));
            if (value instanceof Bean) {
                ((tools.jackson.databind.node.ObjectNode) written).remove("derived");
            }

            assertThat(payloads.shape(value.getClass()).problem(written))
                    .as("%s", value)
                    .isEmpty();
        }
    }

    @Test
    void keysWithAMeaningElsewhereAreFieldsLikeOthers() {
        Shape map = payloads.shape(Map.class);

        assertThat(map.problem(json("{\"__proto__\": {}, \"constructor\": 1, \"array\": 2}")))
                .isEmpty();
        assertThat(payloads.shape(Inner.class).problem(json("{\"__proto__\": {}}")))
                .hasValue("there is no field \"__proto__\"; it has [other_name]");
    }
}
