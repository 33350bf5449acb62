typedef int killer_not_empty;
