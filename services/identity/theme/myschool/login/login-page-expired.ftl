<#include "onward.ftl">
