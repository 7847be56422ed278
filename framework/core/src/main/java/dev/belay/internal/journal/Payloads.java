package dev.belay.internal.journal;

import dev.belay.Approval;
import dev.belay.GroupSummary;
import dev.belay.PayloadException;
import dev.belay.PayloadName;
import dev.belay.Replan;
import dev.belay.agent.ToolDecision;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * Turns values into payloads and back. A payload is read only as the class the definition declares; its stored type name is
 * compared, never loaded. Thread-safe.
 */
public final class Payloads {
    private static final JsonMapper JSON = strict().build();
    /** Keeps what is no valid UTF-16 as escapes, so that it survives being written as UTF-8. */
    private static final JsonMapper ASCII =
            strict().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static final JsonMapper DIGITS =
            strict().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    /** What a person typed is not bent to fit: no number is made of a text, nor a text of a number. */
    private static final JsonMapper TYPED = strict().disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .withCoercionConfig(
                    LogicalType.Textual,
                    texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    /** What the engine itself stores and reads: paths of the application's do not apply. */
    private static final Set<Class<?>> OWN = Set.of(
            Approval.class, ToolDecision.class, GroupSummary.class, Replan.class, Duration.class, String[].class);

    private static final int MOST_DIGITS_BEFORE_POINT = 131_072;
    private static final int MOST_DIGITS_AFTER_POINT = 16_383;

    private final int limit;
    private final Upcasters upcasters;
    private final Redaction redaction;

    /** What a class has no place for would be lost in silence, and lost for good at the next write: it is refused instead. */
    private static JsonMapper.Builder strict() {
        return JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    /** Payloads of at most {@code limit} bytes, those of older shapes read by {@code upcasters}. */
    public Payloads(int limit, Upcasters upcasters) {
        this(limit, upcasters, Redaction.NONE);
    }

    /** The same, of which some is left out. */
    public Payloads(int limit, Upcasters upcasters, Redaction redaction) {
        this.limit = limit;
        this.upcasters = upcasters;
        this.redaction = redaction;
    }

    /** A text as it may be stored. */
    public String redactedText(String text) {
        return redaction.ofText(text);
    }

    /** JSON as it may be stored. */
    public String redacted(String json) {
        return redaction.of(json);
    }

    /** Whether a value stored under {@code stored} can be read as {@code type}. */
    public boolean reads(String stored, Class<?> type) {
        return upcasters.reads(stored, type);
    }

    /** Encodes {@code value}, declared as {@code declared}; {@code what} names it in errors. Null stays null. */
    public @Nullable Payload encode(@Nullable Object value, Class<?> declared, String what) {
        if (value == null) {
            return null;
        }
        if (!declared.isInstance(value)) {
            throw new PayloadException(what + " must be a " + declared.getName() + ", but is a "
                    + value.getClass().getName() + ".");
        }
        String type = PayloadName.Of.type(declared == Object.class ? value.getClass() : declared);
        String json;
        try {
            json = JSON.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new PayloadException(
                    what + " of type " + value.getClass().getName() + " cannot be written as JSON: "
                            + e.getOriginalMessage() + ". Use a record or a class with getters.",
                    e);
        }
        return payload(value, json, type, what);
    }

    private Payload payload(Object value, String json, String type, String what) {
        String clean = OWN.contains(value.getClass()) || value instanceof EngineRecord
                ? redaction.ofOwn(json)
                : redaction.of(json);
        boolean plain = !clean.contains("\\u0000") && !hasHalfSurrogate(clean);
        String kept = plain ? clean : ASCII.writeValueAsString(clean.equals(json) ? value : DIGITS.readTree(clean));
        checkSize(kept, what);
        return new Payload(type, kept, plain);
    }

    /** What the JSON of {@code type} looks like. */
    public Shape shape(Class<?> type) {
        return ShapeFinder.of(JSON, type);
    }

    /** Encodes JSON that a person gave, as it is, as a value of the type of that name; {@code what} names it in errors. */
    public Payload given(JsonNode given, String type, String what) {
        checkNumbers(given, what);
        return payload(given, JSON.writeValueAsString(given), type, what);
    }

    /** Encodes JSON that a person gave, once it has been read as {@code type}; {@code what} names it in errors. */
    public @Nullable Payload given(JsonNode given, Class<?> type, String what) {
        if (type == Object.class) {
            return given(given, PayloadName.Of.type(type), what);
        }
        checkNumbers(given, what);
        try {
            return encode(TYPED.treeToValue(given, type), type, what);
        } catch (JacksonException e) {
            String at = e.getPath().isEmpty() ? "" : " at " + e.getPathReference();
            throw new PayloadException(
                    what + " must be a \"" + PayloadName.Of.type(type) + "\" (" + type.getName()
                            + "), but does not fit it" + at + ": " + e.getOriginalMessage() + ". Nothing was changed.",
                    e);
        }
    }

    /** The database keeps numbers exactly, and so not without limit. Looked at before anybody writes such a one out. */
    private static void checkNumbers(JsonNode given, String what) {
        if (given.isContainer()) {
            given.forEach(inside -> checkNumbers(inside, what));
        } else if (given.isNumber() && !fits(given)) {
            throw new PayloadException(what + " holds a number that cannot be stored: it has more than "
                    + MOST_DIGITS_BEFORE_POINT + " digits before the point or " + MOST_DIGITS_AFTER_POINT
                    + " after it. Give a smaller one, or give it as a text.");
        }
    }

    private static boolean fits(JsonNode number) {
        if (number.isDouble() || number.isFloat()) {
            return Double.isFinite(number.doubleValue());
        }
        if (!number.isBigDecimal() && !number.isBigInteger()) {
            return true;
        }
        BigDecimal exact = number.decimalValue();
        return exact.scale() <= MOST_DIGITS_AFTER_POINT
                && (long) exact.precision() - exact.scale() <= MOST_DIGITS_BEFORE_POINT;
    }

    /** A stored value as JSON, with all its digits. */
    public JsonNode tree(Payload payload) {
        return DIGITS.readTree(payload.json());
    }

    private void checkSize(String json, String what) {
        // A char is at most three bytes of UTF-8, so most payloads need no second look.
        if (json.length() > limit / 3) {
            int size = json.getBytes(StandardCharsets.UTF_8).length;
            if (size > limit) {
                throw new PayloadException(what + " has " + size + " bytes, more than the limit of " + limit
                        + ". Store it elsewhere and pass a reference, or raise the limit by payloadLimit(bytes).");
            }
        }
    }

    /** Decodes a payload as {@code type}; {@code what} names it in errors. Null stays null. */
    public <T> @Nullable T decode(@Nullable Payload payload, Class<T> type, String what) {
        if (payload == null) {
            return null;
        }
        List<Upcasters.Upcaster> path = type == Object.class ? List.of() : upcasters.path(payload.type(), type);
        if (path.isEmpty() && type != Object.class && !PayloadName.Of.matches(payload.type(), type)) {
            throw new PayloadException(what + " is stored as \"" + payload.type() + "\", but the code expects \""
                    + PayloadName.Of.type(type) + "\" (" + type.getName()
                    + "). Keep the old class, name it in @PayloadName(formerly = …), register an upcaster by"
                    + " Belay.on(…).upcast(\"" + payload.type() + "\", …), or raise the definition's version.");
        }
        try {
            return path.isEmpty()
                    ? JSON.readValue(payload.json(), type)
                    : JSON.treeToValue(Upcasters.apply(path, JSON.readTree(payload.json()), what), type);
        } catch (JacksonException e) {
            throw new PayloadException(
                    what + ", stored as \"" + payload.type() + "\", does not fit " + type.getName() + ": "
                            + e.getOriginalMessage() + ". The stored value is kept as it is.",
                    e);
        }
    }

    /** A value that needs no declared type, for engine use, as JSON. */
    public String json(Object value) {
        return redaction.ofOwn(JSON.writeValueAsString(value));
    }

    /** The inverse of {@link #json}. */
    public <T> T fromJson(String json, Class<T> type) {
        return JSON.readValue(json, type);
    }

    /** A short hash of a request, for telling whether a replay asks the same. */
    public String hash(Object request) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(JSON.writeValueAsString(request).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    private static boolean hasHalfSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return true;
            }
        }
        return false;
    }
}
