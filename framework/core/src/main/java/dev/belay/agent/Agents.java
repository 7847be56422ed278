package dev.belay.agent;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;

/** What models cost and may cost, for all processes on this database. Thread-safe; each call is a transaction of its own. */
public interface Agents {

    /** From {@code price.validFrom()} on, calls of the model cost this. Replaces a price of the same moment; what is recorded stays. */
    void price(Price price);

    /** All prices, by provider, model and time. */
    List<Price> prices();

    /**
     * What all workers together may ask of a provider in a minute.
     *
     * @param model "" for all models of the provider together
     */
    void limit(String provider, String model, ModelLimit limit);

    /** Takes a limit back. */
    void unlimited(String provider, String model);

    /** How much the sagas of a tenant may spend together in each period. {@link Budget#UNLIMITED} takes it back. */
    void tenantBudget(String tenant, Budget budget, Budget.Period period);

    /** What a saga has spent. */
    Usage usage(UUID saga);

    /** What was spent from a day to another, both included, by day, definition, tenant, provider and model. */
    List<UsageLine> usage(LocalDate from, LocalDate to);

    /** JSON as the engine would store it, without what {@code BelayBuilder.redact} and {@code secrets} name; for stores beside it. */
    String redacted(String json);

    /** A saga's conversation of the given name, the oldest message first; empty if there is none. */
    List<Message> conversation(UUID saga, String name);
}
