package dev.belay.samples.model;

/** One message of a chat: who speaks ({@code system}, {@code user} or {@code assistant}) and what is said. */
public record Message(String role, String content) {

    /** What the model shall do. */
    public static Message system(String content) {
        return new Message("system", content);
    }

    /** What the model shall answer. */
    public static Message user(String content) {
        return new Message("user", content);
    }

    public Message {
        if (role.isBlank()) {
            throw new IllegalArgumentException("role must name who speaks, for example \"user\", got \"" + role + "\"");
        }
    }
}
