default -> 100% all_of_it by model
