package dev.belay;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name under which values of a class are stored, so that the class can be renamed or moved without losing them.
 *
 * <p>Without it the name is the class's simple name in lower case, words joined by dashes: {@code FlightBooking} is stored as
 * "flight-booking". A class is never loaded by its stored name.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface PayloadName {
    /** The name. */
    String value();

    /** Names under which values of the class were stored before. */
    String[] formerly() default {};

    /** Finds the name of a class. */
    final class Of {
        private static final ClassValue<String> NAMES = new ClassValue<>() {
            @Override
            protected String computeValue(Class<?> type) {
                return nameOf(type);
            }
        };

        private Of() {}

        /** The name under which values of {@code type} are stored. */
        public static String type(Class<?> type) {
            return NAMES.get(type);
        }

        private static String nameOf(Class<?> type) {
            if (type.isArray()) {
                return type(type.getComponentType()) + "[]";
            }
            PayloadName given = type.getAnnotation(PayloadName.class);
            return given != null
                    ? given.value()
                    : type.getSimpleName()
                            .replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-")
                            .toLowerCase(java.util.Locale.ROOT);
        }

        /** Whether values stored under {@code name} are of {@code type}. */
        public static boolean matches(String name, Class<?> type) {
            if (type(type).equals(name)) {
                return true;
            }
            PayloadName given = type.getAnnotation(PayloadName.class);
            return given != null && java.util.Arrays.asList(given.formerly()).contains(name);
        }
    }
}
