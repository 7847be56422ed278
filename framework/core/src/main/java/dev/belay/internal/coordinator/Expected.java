package dev.belay.internal.coordinator;

import dev.belay.PayloadException;
import dev.belay.PayloadName;
import dev.belay.SagaDefinition;
import dev.belay.StepDefinition;
import dev.belay.internal.journal.Payload;
import dev.belay.internal.journal.Payloads;
import dev.belay.internal.journal.Plan;
import dev.belay.internal.journal.Shape;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a value must be that a person gives in place of what the code would have.
 *
 * @param declared the class the code declares; null without code, and then a value's own class must have the plan's name
 * @param planned the type name in the plan
 * @param shape what JSON must look like without the class, if that is known
 * @param before what stood there before, if anything did
 */
record Expected(
        @Nullable Class<?> declared, String planned, Optional<Shape> shape, Supplier<Optional<Payload>> before) {
    private static final String NOTHING = PayloadName.Of.type(Void.class);

    /** What a step takes. */
    static Expected input(Definitions.Known known, Plan.PlannedStep step, Supplier<Optional<Payload>> before) {
        StepDefinition code = Routing.codeOf(known, step);
        return new Expected(
                code == null ? null : code.input(),
                step.input(),
                known.shapes().flatMap(shapes -> shapes.input(step.name())),
                before);
    }

    /** What a step returns. */
    static Expected output(Definitions.Known known, Plan.PlannedStep step, Supplier<Optional<Payload>> before) {
        StepDefinition code = Routing.codeOf(known, step);
        return new Expected(
                code == null ? null : code.output(),
                step.output(),
                known.shapes().flatMap(shapes -> shapes.output(step.name())),
                before);
    }

    /** What a saga returns. */
    static Expected result(Definitions.Known known) {
        SagaDefinition<?, ?> code = known.definition().orElse(null);
        return new Expected(
                code == null ? null : code.result(),
                known.plan().result(),
                known.shapes().map(shapes -> shapes.result()),
                Optional::empty);
    }

    /** Encodes a value; {@code what} names it in errors. */
    @Nullable
    Payload encode(@Nullable Object value, Payloads payloads, String what) {
        // A step may well take JSON as it is.
        boolean takesJson = declared != null && JsonNode.class.isAssignableFrom(declared);
        return value instanceof JsonNode json && !takesJson
                ? encodeJson(json, payloads, what)
                : encodeObject(value, payloads, what);
    }

    private String name() {
        return declared == null ? planned : PayloadName.Of.type(declared);
    }

    private @Nullable Payload encodeObject(@Nullable Object value, Payloads payloads, String what) {
        if (value == null) {
            if (name().equals(NOTHING)) {
                return null;
            }
            throw new PayloadException(what + " must be a \"" + name() + "\", but is null.");
        }
        boolean fits =
                declared == null ? PayloadName.Of.matches(planned, value.getClass()) : declared.isInstance(value);
        if (!fits) {
            throw new PayloadException(
                    what + " must be a \"" + name() + "\", but is a \"" + PayloadName.Of.type(value.getClass()) + "\" ("
                            + value.getClass().getName() + ").");
        }
        return payloads.encode(value, declared == null ? value.getClass() : declared, what);
    }

    private @Nullable Payload encodeJson(JsonNode value, Payloads payloads, String what) {
        if (name().equals(NOTHING)) {
            if (value.isNull()) {
                return null;
            }
            throw refused(what, "it is nothing, given as null, but is " + Shape.words(value));
        }
        if (value.isNull() || value.isMissingNode()) {
            throw refused(what, "it is null");
        }
        Shape looks = declared == null
                ? shape.orElseGet(() ->
                        before.get().map(payloads::tree).map(Shape::sortOf).orElse(Shape.ANY))
                : payloads.shape(declared);
        looks.problem(value).ifPresent(problem -> {
            throw refused(what, problem);
        });
        return declared == null ? payloads.given(value, planned, what) : payloads.given(value, declared, what);
    }

    private PayloadException refused(String what, String fact) {
        return new PayloadException(what + " must be a \"" + name() + "\": " + fact + ". Nothing was changed.");
    }
}
