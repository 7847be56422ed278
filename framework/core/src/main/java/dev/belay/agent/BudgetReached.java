package dev.belay.agent;

import dev.belay.SagaException;

/** A budget is used up. The saga is suspended; an operator raises the budget or compensates. */
public class BudgetReached extends SagaException {
    /** The type of the failure that a saga is suspended with. */
    public static final String FAILURE_TYPE = "BUDGET_REACHED";

    private static final long serialVersionUID = 1L;

    /** With which budget. */
    public BudgetReached(String message) {
        super(message);
    }
}
