package dev.belay.samples.model;

import java.nio.charset.StandardCharsets;

/** A request that is answered with an error. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;
    private final int status;
    private final String type;
    private final String code;

    Refusal(int status, String type, String code, String message) {
        super(message);
        this.status = status;
        this.type = type;
        this.code = code;
    }

    static Refusal invalid(String param, String message) {
        return new Refusal(400, "invalid_request_error", "invalid_" + param.replace('-', '_'), message);
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    /** In OpenAI's form. */
    byte[] body() {
        var answer = Json.object();
        answer.putObject("error")
                .put("message", getMessage())
                .put("type", type)
                .putNull("param")
                .put("code", code);
        return (Json.write(answer) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
