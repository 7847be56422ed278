package dev.belay.internal.journal;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.AnnotationIntrospector;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsonFormatVisitors.JsonArrayFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonBooleanFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatTypes;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitable;
import tools.jackson.databind.jsonFormatVisitors.JsonFormatVisitorWrapper;
import tools.jackson.databind.jsonFormatVisitors.JsonIntegerFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonMapFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonNumberFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonObjectFormatVisitor;
import tools.jackson.databind.jsonFormatVisitors.JsonStringFormatVisitor;
import tools.jackson.databind.ser.BeanPropertyWriter;

/** Asks Jackson how it writes a class. Whatever it does not say plainly is {@link Shape#ANY}: a shape never refuses what fits. */
final class ShapeFinder {
    private static final int DEEPEST = 12;
    private static final int MOST_PARTS = 1_000;

    private final JsonMapper mapper;
    private final Set<Class<?>> above = new HashSet<>();
    private int parts;

    private ShapeFinder(JsonMapper mapper) {
        this.mapper = mapper;
    }

    static Shape of(JsonMapper mapper, Class<?> type) {
        JavaType java = mapper.constructType(type);
        Shape plain = plain(java);
        if (plain != null) {
            return plain;
        }
        try {
            ShapeFinder finder = new ShapeFinder(mapper);
            Visit visit = finder.new Visit();
            SerializationContext context = mapper._serializationContext();
            if (context.findTypeSerializer(java) != null) {
                return Shape.ANY;
            }
            mapper.acceptJsonFormatVisitor(java, visit);
            return visit.found;
        } catch (RuntimeException e) {
            // A class that Jackson cannot describe is described when it is used, in words of its own.
            return Shape.ANY;
        }
    }

    /** What Jackson describes otherwise than it writes it. */
    private static @Nullable Shape plain(JavaType type) {
        Class<?> raw = type.getRawClass();
        if (raw == Void.class || raw == void.class) {
            return Shape.simple(Shape.Kind.NULL);
        } else if (raw == byte[].class || raw == char[].class) {
            return Shape.simple(Shape.Kind.STRING);
        }
        return raw == Object.class ? Shape.ANY : null;
    }

    private Shape of(SerializationContext context, @Nullable JsonFormatVisitable serializer, JavaType type) {
        Shape plain = plain(type);
        if (plain != null) {
            return plain;
        }
        if (serializer == null || context.findTypeSerializer(type) != null || ++parts > MOST_PARTS) {
            return Shape.ANY;
        }
        Visit visit = new Visit();
        visit.setContext(context);
        serializer.acceptJsonFormatVisitor(visit, type);
        return visit.found;
    }

    /** One value. What is left out of a visitor is no restriction. */
    private final class Visit extends JsonFormatVisitorWrapper.Base {
        private Shape found = Shape.ANY;

        @Override
        public @Nullable JsonObjectFormatVisitor expectObjectFormat(JavaType type) {
            Class<?> raw = type.getRawClass();
            boolean open = type.isAbstract() || isOpen(type);
            if (open || above.size() >= DEEPEST || above.contains(raw)) {
                return null;
            }
            return new Fields(type);
        }

        @Override
        public JsonArrayFormatVisitor expectArrayFormat(JavaType type) {
            found = Shape.holding(Shape.Kind.ARRAY, Shape.ANY);
            return new JsonArrayFormatVisitor.Base(getContext()) {
                @Override
                public void itemsFormat(JsonFormatVisitable handler, JavaType item) {
                    Shape shape = of(getContext(), handler, item);
                    found = Shape.holding(Shape.Kind.ARRAY, item.isPrimitive() ? shape : shape.orNull());
                }

                @Override
                public void itemsFormat(JsonFormatTypes format) {
                    Shape shape = switch (format) {
                        case STRING -> Shape.simple(Shape.Kind.STRING);
                        case NUMBER -> Shape.simple(Shape.Kind.NUMBER);
                        case INTEGER -> Shape.simple(Shape.Kind.INTEGER);
                        case BOOLEAN -> Shape.simple(Shape.Kind.BOOLEAN);
                        default -> Shape.ANY;
                    };
                    JavaType item = type.getContentType();
                    boolean primitive = item != null && item.isPrimitive();
                    found = Shape.holding(Shape.Kind.ARRAY, primitive ? shape : shape.orNull());
                }
            };
        }

        @Override
        public JsonMapFormatVisitor expectMapFormat(JavaType type) {
            found = Shape.holding(Shape.Kind.MAP, Shape.ANY);
            return new JsonMapFormatVisitor.Base(getContext()) {
                @Override
                public void valueFormat(JsonFormatVisitable handler, JavaType value) {
                    found = Shape.holding(
                            Shape.Kind.MAP, of(getContext(), handler, value).orNull());
                }
            };
        }

        @Override
        public JsonStringFormatVisitor expectStringFormat(JavaType type) {
            found = Shape.simple(Shape.Kind.STRING);
            return new JsonStringFormatVisitor.Base() {
                @Override
                public void enumTypes(Set<String> names) {
                    found = Shape.oneOf(List.copyOf(names));
                }
            };
        }

        @Override
        public JsonNumberFormatVisitor expectNumberFormat(JavaType type) {
            found = Shape.simple(Shape.Kind.NUMBER);
            return new JsonNumberFormatVisitor.Base();
        }

        @Override
        public JsonIntegerFormatVisitor expectIntegerFormat(JavaType type) {
            found = Shape.simple(Shape.Kind.INTEGER);
            return new JsonIntegerFormatVisitor.Base();
        }

        @Override
        public JsonBooleanFormatVisitor expectBooleanFormat(JavaType type) {
            found = Shape.simple(Shape.Kind.BOOLEAN);
            return new JsonBooleanFormatVisitor.Base();
        }

        /** The fields of an object, as they come. */
        private final class Fields extends JsonObjectFormatVisitor.Base {
            private final Class<?> owner;
            private final Set<String> read;
            private final Map<String, Shape> fields = new LinkedHashMap<>();

            Fields(JavaType owner) {
                super(Visit.this.getContext());
                this.owner = owner.getRawClass();
                this.read = read(owner);
                read.forEach(name -> fields.put(name, Shape.ANY.orNull()));
                found = Shape.object(fields);
            }

            @Override
            public void property(BeanProperty property) {
                optionalProperty(property);
            }

            @Override
            public void property(String name, JsonFormatVisitable handler, JavaType type) {
                optionalProperty(name, handler, type);
            }

            @Override
            public void optionalProperty(BeanProperty property) {
                JavaType type = property.getType();
                boolean typed = property.getAnnotation(JsonTypeInfo.class) != null;
                add(property.getName(), typed ? null : serializer(property, type), type);
            }

            @Override
            public void optionalProperty(String name, JsonFormatVisitable handler, JavaType type) {
                add(name, handler, type);
            }

            private @Nullable JsonFormatVisitable serializer(BeanProperty property, JavaType type) {
                ValueSerializer<Object> own =
                        property instanceof BeanPropertyWriter writer ? writer.getSerializer() : null;
                return own == null ? getContext().findPrimaryPropertySerializer(type, property) : own;
            }

            private void add(String name, @Nullable JsonFormatVisitable handler, JavaType type) {
                if (!read.contains(name)) {
                    return;
                }
                above.add(owner);
                Shape shape = of(getContext(), handler, type);
                above.remove(owner);
                // A bean is made without its fields, a record only with all that cannot be null.
                boolean needed = type.isPrimitive() && owner.isRecord();
                fields.put(name, needed ? shape : shape.orNull());
                found = Shape.object(fields);
            }
        }
    }

    /** Whether a class reads something else than an object of its own fields. */
    private boolean isOpen(JavaType type) {
        DeserializationConfig config = mapper.deserializationConfig();
        DeserializationContext context = mapper._deserializationContext();
        AnnotationIntrospector annotations = config.getAnnotationIntrospector();
        AnnotatedClass annotated = context.introspectClassAnnotations(type);
        BeanDescription description = context.introspectBeanDescription(type);
        return annotations.findDeserializer(config, annotated) != null
                || annotations.findPOJOBuilder(config, annotated) != null
                || annotations.findPropertyIgnoralByName(config, annotated).getIgnoreUnknown()
                || description.findAnySetterAccessor() != null
                || description.findProperties().stream()
                        .anyMatch(property -> !property.findAliases().isEmpty()
                                || (property.getPrimaryMember() != null
                                        && annotations.findUnwrappingNameTransformer(
                                                        config, property.getPrimaryMember())
                                                != null));
    }

    /** What a class reads; what it writes beside, it does not. */
    private Set<String> read(JavaType type) {
        return mapper._deserializationContext().introspectBeanDescription(type).findProperties().stream()
                .filter(BeanPropertyDefinition::couldDeserialize)
                .map(BeanPropertyDefinition::getName)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}
