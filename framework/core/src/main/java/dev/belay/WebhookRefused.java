package dev.belay;

/** A request that is no delivery of a webhook's sender, or an old one: answer it with status 401 or 400 and do nothing else. */
public class WebhookRefused extends SagaException {
    private static final long serialVersionUID = 1L;

    WebhookRefused(String message) {
        super(message);
    }
}
